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

-- Former names, each for its days. A name that is a security's own today is that security's, and one that two rows claim for the
-- same days is nobody's: validation/aliases says both.
CREATE OR REPLACE TEMP TABLE this_alias AS
WITH named AS (
    SELECT a.alias, a.symbol, coalesce(a."from", DATE '0001-01-01') AS starts, coalesce(a.until, DATE '9999-12-31') AS ends, a.line
    FROM marts.aliases AS a
    SEMI JOIN this_symbol AS s ON s.symbol = a.symbol
    ANTI JOIN this_symbol AS own ON own.symbol = a.alias
    WHERE a.snapshot_no = getvariable('snapshot_no') AND a.alias <> ''
)
SELECT n.alias, n.symbol, n.starts, n.ends
FROM named AS n
WHERE NOT EXISTS (
    FROM named AS o
    WHERE o.alias = n.alias AND o.symbol <> n.symbol AND o.starts <= n.ends AND n.starts <= o.ends
);

CREATE OR REPLACE TEMP TABLE this_cusip AS
SELECT cusip, min(symbol) AS symbol
FROM this_symbol
WHERE cusip IS NOT NULL
GROUP BY cusip
HAVING count(*) = 1;
