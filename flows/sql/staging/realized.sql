-- One row per landed realised lot.
CREATE OR REPLACE VIEW staging.realized AS
SELECT
    file_no,
    line_no AS line,
    account_ref,
    nullif(trim(symbol), '') AS symbol,
    nullif(trim(lot_id), '') AS lot_id,
    TRY_CAST(acquired_date AS DATE) AS acquired_date,
    TRY_CAST(sold_date AS DATE) AS sold_date,
    TRY_CAST(quantity AS DECIMAL(24, 8)) AS quantity,
    TRY_CAST(proceeds AS DECIMAL(24, 6)) AS proceeds,
    TRY_CAST(cost_basis AS DECIMAL(24, 6)) AS cost_basis,
    -- Layouts disagree about the sign of a disallowed loss; it is an amount.
    abs(coalesce(TRY_CAST(wash_disallowed AS DECIMAL(24, 6)), 0)) AS wash_disallowed,
    term AS term_reported
FROM land.realized;
