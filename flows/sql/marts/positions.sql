-- One row per delivered position row of a mapped account. A security is found by symbol, then by a former name of that day, then by
-- CUSIP (that of an ISIN of the United States or Canada stands inside it), never by name;
-- where both are written and lead to different securities, the other one stands in `disputed_symbol`.
INSERT INTO marts.positions
WITH mapped AS (
    SELECT a.household_id, a.account_id, f.file_order, p.*
    FROM staging.positions AS p
    JOIN this_file AS f ON f.file_no = p.file_no
    JOIN this_account AS a ON a.custodian = f.custodian AND a.custodian_ref = p.account_ref
    WHERE p.quantity IS NOT NULL
)
SELECT
    getvariable('snapshot_no'), m.household_id, m.account_id,
    coalesce(s.symbol, n.symbol, c.symbol, m.symbol, m.cusip, m.isin, '') AS symbol,
    coalesce(m.cusip, ''), s.symbol IS NOT NULL OR n.symbol IS NOT NULL OR c.symbol IS NOT NULL,
    CASE WHEN coalesce(s.symbol, n.symbol) <> c.symbol THEN c.symbol WHEN s.cusip <> m.cusip THEN m.cusip ELSE '' END,
    m.sub_account, m.description, m.quantity, m.settled_quantity, m.pending_split_quantity, m.market_value, m.is_short,
    m.file_no, m.line
FROM mapped AS m
LEFT JOIN this_symbol AS s ON s.symbol = m.symbol
LEFT JOIN this_alias AS n ON n.alias = m.symbol AND getvariable('as_of')::DATE BETWEEN n.starts AND n.ends
LEFT JOIN this_cusip AS c
    ON c.cusip = coalesce(m.cusip, CASE WHEN regexp_matches(m.isin, '^(US|CA)[0-9A-Z]{9}[0-9]$') THEN m.isin[3:11] END, m.symbol)
ORDER BY m.household_id, m.account_id, 4, m.file_order, m.line;
