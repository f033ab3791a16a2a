-- One row per lot that the custodian tells otherwise than on the extract day before (basis, acquisition date, holding period)
-- while nothing of the security was traded in the account. A lot is known again by its id; where it has none, or another one
-- than yesterday, by security and quantity, in order of acquisition.
INSERT INTO marts.restated
WITH
before_file AS (
    SELECT file_no, custodian
    FROM land.source_file
    WHERE firm = getvariable('firm') AND as_of = getvariable('day_before')::DATE AND status = 'current'
),
-- Most lots are told as they were: one number per lot finds the others.
lots_now AS (
    SELECT l.*, coalesce(l.symbol, l.cusip) AS instrument, f.custodian, f.file_order,
        hash(f.custodian, l.account_ref, l.symbol, l.cusip, l.lot_id, l.acquired_date, l.holding_from, l.quantity, l.cost_basis) AS told
    FROM staging.tax_lots AS l
    JOIN this_file AS f ON f.file_no = l.file_no
    WHERE l.quantity <> 0
),
lots_before AS (
    SELECT l.*, coalesce(l.symbol, l.cusip) AS instrument, f.custodian,
        hash(f.custodian, l.account_ref, l.symbol, l.cusip, l.lot_id, l.acquired_date, l.holding_from, l.quantity, l.cost_basis) AS told
    FROM staging.tax_lots AS l
    JOIN before_file AS f ON f.file_no = l.file_no
    WHERE l.quantity <> 0
),
new AS MATERIALIZED (
    SELECT *, row_number() OVER (
        PARTITION BY custodian, account_ref, instrument, lot_id, quantity ORDER BY acquired_date, cost_basis, file_no, line
    ) AS nth
    FROM lots_now
    WHERE told NOT IN (SELECT told FROM lots_before)
),
old AS MATERIALIZED (
    SELECT *, row_number() OVER (
        PARTITION BY custodian, account_ref, instrument, lot_id, quantity ORDER BY acquired_date, cost_basis, file_no, line
    ) AS nth
    FROM lots_before
    WHERE told NOT IN (SELECT told FROM lots_now)
),
by_id AS (
    SELECT n.file_no, n.line, o.file_no AS old_file_no, o.line AS old_line
    FROM new AS n
    JOIN old AS o USING (custodian, account_ref, instrument, lot_id, quantity, nth)
),
other_new AS (
    SELECT *, row_number() OVER (PARTITION BY custodian, account_ref, instrument, quantity ORDER BY acquired_date, cost_basis, line) AS mth
    FROM new WHERE (file_no, line) NOT IN (SELECT (file_no, line) FROM by_id)
),
other_old AS (
    SELECT *, row_number() OVER (PARTITION BY custodian, account_ref, instrument, quantity ORDER BY acquired_date, cost_basis, line) AS mth
    FROM old WHERE (file_no, line) NOT IN (SELECT (old_file_no, old_line) FROM by_id)
),
pairs AS (
    SELECT * FROM by_id
    UNION ALL
    SELECT n.file_no, n.line, o.file_no, o.line
    FROM other_new AS n
    JOIN other_old AS o USING (custodian, account_ref, instrument, quantity, mth)
),
traded AS (
    SELECT DISTINCT f.custodian, t.account_ref, t.symbol AS instrument
    FROM staging.transactions AS t
    JOIN this_file AS f ON f.file_no = t.file_no
    WHERE t.action IN ('buy', 'sell', 'reinvest', 'transfer_in', 'transfer_out', 'split', 'other')
        AND t.trade_date > getvariable('day_before')::DATE
)
SELECT
    getvariable('snapshot_no'), a.household_id, a.account_id, coalesce(s.symbol, former.symbol, c.symbol, n.symbol, n.cusip, ''), coalesce(n.lot_id, ''),
    n.quantity, getvariable('day_before')::DATE, o.cost_basis, n.cost_basis, o.acquired_date, n.acquired_date, o.holding_from,
    n.holding_from, n.file_no, n.line
FROM pairs AS p
JOIN new AS n ON n.file_no = p.file_no AND n.line = p.line
JOIN old AS o ON o.file_no = p.old_file_no AND o.line = p.old_line
JOIN this_account AS a ON a.custodian = n.custodian AND a.custodian_ref = n.account_ref
ANTI JOIN traded AS t ON t.custodian = n.custodian AND t.account_ref = n.account_ref AND t.instrument = n.instrument
LEFT JOIN this_symbol AS s ON s.symbol = n.symbol
LEFT JOIN this_alias AS former ON former.alias = n.symbol AND getvariable('as_of')::DATE BETWEEN former.starts AND former.ends
LEFT JOIN this_cusip AS c ON c.cusip = coalesce(n.cusip, n.symbol)
WHERE n.cost_basis IS DISTINCT FROM o.cost_basis OR n.acquired_date IS DISTINCT FROM o.acquired_date
    OR n.holding_from IS DISTINCT FROM o.holding_from
ORDER BY a.household_id, a.account_id, n.file_order, n.line;
