-- One row per landed lot row. A layout that knows only the cost per share (E*TRADE) has its total computed here;
-- `decimals` is how many the custodian wrote, which is how exactly its lots can foot.
CREATE OR REPLACE VIEW staging.tax_lots AS
SELECT
    file_no,
    line_no AS line,
    account_ref,
    nullif(trim(symbol), '') AS symbol,
    nullif(trim(cusip), '') AS cusip,
    nullif(trim(lot_id), '') AS lot_id,
    TRY_CAST(acquired_date AS DATE) AS acquired_date,
    TRY_CAST(holding_from AS DATE) AS holding_from,
    TRY_CAST(quantity AS DECIMAL(24, 8)) AS quantity,
    CASE WHEN strpos(quantity, '.') > 0 THEN length(quantity) - strpos(quantity, '.') ELSE 0 END::INTEGER AS decimals,
    coalesce(
        TRY_CAST(cost_basis AS DECIMAL(24, 6)),
        TRY_CAST(TRY_CAST(unit_cost AS DECIMAL(18, 6)) * TRY_CAST(quantity AS DECIMAL(18, 6)) AS DECIMAL(24, 6))
    ) AS cost_basis,
    TRY_CAST(wash_disallowed AS DECIMAL(24, 6)) AS wash_disallowed,
    lower(coalesce(covered, 'true')) NOT IN ('false', '0', 'n', 'no', 'noncovered', 'uncovered') AS covered,
    term AS term_reported
FROM land.tax_lots;
