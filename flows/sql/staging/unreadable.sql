-- Landed cells that are there but do not fit their type (a quantity of thirty digits), and rows without what makes them
-- a fact. The profiles clean cells, so this is the second net: such a row becomes a reject, never a null in silence.
CREATE OR REPLACE VIEW staging.unreadable AS
WITH
cells AS (
    SELECT file_no, line_no, 'positions' AS table_name, account_ref, 'quantity' AS column_name, quantity AS raw, 'number' AS kind, true AS needed FROM land.positions
    UNION ALL SELECT file_no, line_no, 'positions', account_ref, 'settled_quantity', settled_quantity, 'number', false FROM land.positions
    UNION ALL SELECT file_no, line_no, 'positions', account_ref, 'pending_split_quantity', pending_split_quantity, 'number', false FROM land.positions
    UNION ALL SELECT file_no, line_no, 'positions', account_ref, 'market_value', market_value, 'number', false FROM land.positions
    UNION ALL SELECT file_no, line_no, 'tax_lots', account_ref, 'quantity', quantity, 'number', true FROM land.tax_lots
    UNION ALL SELECT file_no, line_no, 'tax_lots', account_ref, 'cost_basis', cost_basis, 'number', false FROM land.tax_lots
    UNION ALL SELECT file_no, line_no, 'tax_lots', account_ref, 'unit_cost', unit_cost, 'number', false FROM land.tax_lots
    UNION ALL SELECT file_no, line_no, 'tax_lots', account_ref, 'acquired_date', acquired_date, 'date', false FROM land.tax_lots
    UNION ALL SELECT file_no, line_no, 'tax_lots', account_ref, 'holding_from', holding_from, 'date', false FROM land.tax_lots
    UNION ALL SELECT file_no, line_no, 'cash', account_ref, 'settled_cash', settled_cash, 'number', false FROM land.cash
    UNION ALL SELECT file_no, line_no, 'cash', account_ref, 'unsettled_cash', unsettled_cash, 'number', false FROM land.cash
    UNION ALL SELECT file_no, line_no, 'transactions', account_ref, 'trade_date', trade_date, 'date', true FROM land.transactions
    UNION ALL SELECT file_no, line_no, 'transactions', account_ref, 'quantity', quantity, 'number', false FROM land.transactions
    UNION ALL SELECT file_no, line_no, 'realized', account_ref, 'sold_date', sold_date, 'date', true FROM land.realized
    UNION ALL SELECT file_no, line_no, 'realized', account_ref, 'acquired_date', acquired_date, 'date', false FROM land.realized
    UNION ALL SELECT file_no, line_no, 'realized', account_ref, 'quantity', quantity, 'number', true FROM land.realized
    UNION ALL SELECT file_no, line_no, 'realized', account_ref, 'proceeds', proceeds, 'number', false FROM land.realized
    UNION ALL SELECT file_no, line_no, 'realized', account_ref, 'cost_basis', cost_basis, 'number', false FROM land.realized
)
SELECT
    file_no,
    line_no AS line,
    table_name,
    account_ref,
    column_name,
    CASE WHEN raw IS NULL THEN column_name || ' is missing' ELSE column_name || ' is no ' || kind || ' that can be kept exactly' END AS reason,
    coalesce(raw, '') AS raw
FROM cells
WHERE
    (raw IS NULL AND needed)
    OR (raw IS NOT NULL AND kind = 'number' AND TRY_CAST(raw AS DECIMAL(24, 8)) IS NULL)
    OR (raw IS NOT NULL AND kind = 'date' AND TRY_CAST(raw AS DATE) IS NULL);
