-- One row per landed cash row; a row without a currency is in dollars.
CREATE OR REPLACE VIEW staging.cash AS
SELECT
    file_no,
    line_no AS line,
    account_ref,
    upper(coalesce(nullif(trim(currency), ''), 'USD')) AS currency,
    coalesce(TRY_CAST(settled_cash AS DECIMAL(24, 6)), 0) AS settled_cash,
    coalesce(TRY_CAST(unsettled_cash AS DECIMAL(24, 6)), 0) AS unsettled_cash
FROM land.cash;
