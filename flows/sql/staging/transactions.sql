-- One row per landed transaction row.
CREATE OR REPLACE VIEW staging.transactions AS
SELECT
    file_no,
    line_no AS line,
    account_ref,
    TRY_CAST(trade_date AS DATE) AS trade_date,
    TRY_CAST(settle_date AS DATE) AS settle_date,
    coalesce(action, 'other') AS action,
    coalesce(raw_action, '') AS raw_action,
    nullif(trim(symbol), '') AS symbol,
    TRY_CAST(quantity AS DECIMAL(24, 8)) AS quantity,
    TRY_CAST(price AS DECIMAL(24, 8)) AS price,
    TRY_CAST(amount AS DECIMAL(24, 6)) AS amount
FROM land.transactions;
