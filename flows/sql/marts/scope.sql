-- What this load is about: the files that count for the day, and the explicit maps from a custodian's words to the firm's.
-- Rows are ordered by `file_order`, never by file_no: numbers tell when a file was landed, and a book must not depend on that.
CREATE OR REPLACE TEMP TABLE this_file AS
SELECT file_no, custodian, path, rejects, row_number() OVER (ORDER BY path) AS file_order
FROM land.source_file
WHERE firm = getvariable('firm') AND as_of = getvariable('as_of')::DATE AND status = 'current';

-- (folder name, custodian_ref), exact string; a reference that two accounts share maps to none of them.
CREATE OR REPLACE TEMP TABLE this_account AS
SELECT custodian, custodian_ref, min(account_id) AS account_id, min(household_id) AS household_id, min(taxpayer_id) AS taxpayer_id,
    min(tax_treatment) = 'taxable' AS is_taxable
FROM marts.accounts
WHERE snapshot_no = getvariable('snapshot_no') AND custodian <> '' AND custodian_ref <> ''
GROUP BY custodian, custodian_ref
HAVING count(*) = 1;

CREATE OR REPLACE TEMP TABLE this_symbol AS
SELECT symbol, nullif(cusip, '') AS cusip FROM marts.securities WHERE snapshot_no = getvariable('snapshot_no');

CREATE OR REPLACE TEMP TABLE this_cusip AS
SELECT cusip, min(symbol) AS symbol
FROM this_symbol
WHERE cusip IS NOT NULL
GROUP BY cusip
HAVING count(*) = 1;
