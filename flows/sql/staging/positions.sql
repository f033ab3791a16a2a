-- One row per landed position row: typed, renamed, nothing decided. Pershing's layout says that a pending split quantity
-- must be added to the trade-date quantity; the marts do that, here both stand apart.
CREATE OR REPLACE VIEW staging.positions AS
SELECT
    file_no,
    line_no AS line,
    account_ref,
    coalesce(sub_account, '') AS sub_account,
    nullif(trim(symbol), '') AS symbol,
    nullif(trim(cusip), '') AS cusip,
    nullif(trim(isin), '') AS isin,
    coalesce(description, '') AS description,
    TRY_CAST(quantity AS DECIMAL(24, 8)) AS quantity,
    TRY_CAST(settled_quantity AS DECIMAL(24, 8)) AS settled_quantity,
    coalesce(TRY_CAST(pending_split_quantity AS DECIMAL(24, 8)), 0) AS pending_split_quantity,
    TRY_CAST(price AS DECIMAL(24, 8)) AS price,
    TRY_CAST(price_date AS DATE) AS price_date,
    TRY_CAST(market_value AS DECIMAL(24, 6)) AS market_value,
    TRY_CAST(cost_basis AS DECIMAL(24, 6)) AS cost_basis,
    lower(coalesce(is_short, '')) IN ('true', '1', 'y', 'yes', 'short') AS is_short
FROM land.positions;
