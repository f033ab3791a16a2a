-- Drift of every household of the book in one question: ½ Σ |weight − target| over asset classes, of what the counted accounts
-- hold after booked cash orders. The same figure as solver/cadence.drift, which is asked household by household.
--
-- Variables: snapshot_no, as_of. Table `target` (model, household_id, asset_class, weight): household_id is empty where the
-- target is that of everybody with the model; rows of a household go before its model's.
-- One row per household: value in dollars (null where something held has no price), drift as a fraction (null without a value or
-- a target; 0 where there is nothing to allocate).
WITH
account AS (
    SELECT account_id, household_id, status = 'managed' AS is_traded
    FROM marts.accounts
    WHERE snapshot_no = getvariable('snapshot_no') AND status IS DISTINCT FROM 'excluded'
),
price AS (
    SELECT symbol, first(price ORDER BY date DESC, line)::DOUBLE AS price
    FROM marts.prices
    WHERE snapshot_no = getvariable('snapshot_no') AND date <= getvariable('as_of')::DATE AND price > 0
    GROUP BY symbol
),
-- Asset classes, as validation/classes reads them: rounded weights are completed in the largest one, others are not used.
weight AS (
    SELECT symbol, asset_class, weight, length(rtrim(split_part(weight::VARCHAR, '.', 2), '0')) AS decimals
    FROM marts.exposures
    WHERE snapshot_no = getvariable('snapshot_no') AND weight IS NOT NULL AND asset_class <> ''
),
gap AS (
    SELECT symbol, 1 - sum(weight) AS gap, max_by(asset_class, (weight, asset_class)) AS largest,
        CASE WHEN max(decimals) > 2 THEN 0.5 * count(*) * pow(10, -max(decimals)) ELSE 0 END AS rounding
    FROM weight
    GROUP BY symbol
),
exposure AS (
    SELECT w.symbol, w.asset_class, (w.weight + CASE WHEN w.asset_class = g.largest THEN g.gap ELSE 0 END)::DOUBLE AS weight
    FROM weight AS w
    JOIN gap AS g ON g.symbol = w.symbol AND abs(g.gap) <= g.rounding
    SEMI JOIN marts.securities AS s ON s.symbol = w.symbol AND s.snapshot_no = getvariable('snapshot_no')
    ANTI JOIN marts.bad_cells AS b
        ON b.symbol = w.symbol AND b.snapshot_no = getvariable('snapshot_no') AND b.path = 'reference/exposures.csv'
        AND b.code <> 'duplicate-row'
),
position AS (
    SELECT account_id, symbol, quantity + pending_split_quantity AS quantity
    FROM marts.positions
    WHERE snapshot_no = getvariable('snapshot_no') AND symbol <> 'CASH'
),
-- An account that came without positions holds the sum of its lots.
held AS (
    SELECT account_id, symbol, quantity FROM position
    UNION ALL
    SELECT l.account_id, l.symbol, l.quantity
    FROM marts.tax_lots AS l
    ANTI JOIN position AS p ON p.account_id = l.account_id
    WHERE l.snapshot_no = getvariable('snapshot_no') AND l.symbol <> 'CASH'
),
holding AS (
    SELECT a.household_id, h.symbol, sum(h.quantity)::DOUBLE AS quantity
    FROM held AS h
    JOIN account AS a ON a.account_id = h.account_id
    GROUP BY a.household_id, h.symbol
    HAVING bool_or(h.quantity <> 0)
),
cash AS (
    SELECT c.account_id, sum(c.settled_cash + c.unsettled_cash) AS cash
    FROM marts.cash AS c
    WHERE c.snapshot_no = getvariable('snapshot_no') AND c.currency = 'USD'
    GROUP BY c.account_id
),
due AS (
    SELECT nullif(account_id, '') AS account_id, household_id, kind = 'contribution' AS comes, sum(amount) AS amount
    FROM marts.cash_orders
    WHERE snapshot_no = getvariable('snapshot_no') AND due <= getvariable('as_of')::DATE AND amount > 0
        AND kind IN ('contribution', 'withdrawal', 'rmd')
    GROUP BY ALL
),
booked AS (
    -- A locked account pays from its cash alone; an order of a household is paid by its managed accounts.
    SELECT a.household_id, CASE WHEN d.comes THEN d.amount WHEN a.is_traded THEN -d.amount
        ELSE -least(d.amount, greatest(0, coalesce(c.cash, 0))) END AS dollars
    FROM due AS d
    JOIN account AS a ON a.account_id = d.account_id
    LEFT JOIN cash AS c ON c.account_id = d.account_id
    UNION ALL
    SELECT d.household_id, CASE WHEN d.comes THEN d.amount ELSE -d.amount END
    FROM due AS d
    SEMI JOIN account AS a ON a.household_id = d.household_id AND a.is_traded
    WHERE d.account_id IS NULL
),
dollars AS (
    SELECT household_id, asset_class, sum(dollars) AS dollars, bool_or(dollars IS NULL) AS is_unknown
    FROM (
        SELECT h.household_id, coalesce(e.asset_class, 'unclassified') AS asset_class,
            h.quantity * p.price * coalesce(e.weight, 1) AS dollars
        FROM holding AS h
        LEFT JOIN price AS p ON p.symbol = h.symbol
        LEFT JOIN exposure AS e ON e.symbol = h.symbol
        UNION ALL
        SELECT a.household_id, 'cash', c.cash::DOUBLE FROM cash AS c JOIN account AS a ON a.account_id = c.account_id
        UNION ALL
        SELECT household_id, 'cash', dollars::DOUBLE FROM booked
    )
    GROUP BY household_id, asset_class
),
worth AS (
    SELECT household_id, CASE WHEN bool_or(is_unknown) THEN NULL ELSE sum(dollars) END AS value FROM dollars GROUP BY household_id
),
-- Whose target a household is steered to: its own, or else its model's.
steered AS (
    SELECT h.household_id, h.model, CASE WHEN t.household_id IS NULL THEN '' ELSE h.household_id END AS owner
    FROM marts.households AS h
    LEFT JOIN (SELECT DISTINCT household_id, model FROM target WHERE household_id <> '') AS t
        ON t.household_id = h.household_id AND t.model = h.model
    WHERE h.snapshot_no = getvariable('snapshot_no')
),
whole AS (SELECT model, household_id AS owner, sum(weight) AS weight FROM target GROUP BY ALL),
off AS (
    -- Classes that are held; those of the target that are not held are missing in full.
    SELECT s.household_id, sum(abs(d.dollars / w.value - coalesce(t.weight, 0))) AS held, sum(coalesce(t.weight, 0)) AS met
    FROM steered AS s
    JOIN dollars AS d ON d.household_id = s.household_id
    JOIN worth AS w ON w.household_id = s.household_id AND w.value > 0
    LEFT JOIN target AS t ON t.model = s.model AND t.household_id = s.owner AND t.asset_class = d.asset_class
    GROUP BY s.household_id
)
SELECT s.household_id, coalesce(w.value, CASE WHEN w.household_id IS NULL THEN 0 END) AS value,
    CASE
        WHEN a.weight IS NULL OR (w.household_id IS NOT NULL AND w.value IS NULL) THEN NULL
        ELSE coalesce((o.held + a.weight - o.met) / 2, 0)
    END AS drift
FROM steered AS s
LEFT JOIN worth AS w ON w.household_id = s.household_id
LEFT JOIN whole AS a ON a.model = s.model AND a.owner = s.owner
LEFT JOIN off AS o ON o.household_id = s.household_id
ORDER BY s.household_id
