-- Who is due and why, of every household of the book in one question: what solver/cadence.due answers household by household,
-- as far as it can be told without the arrays of a problem. `is_suspect` marks those whose holdings may break a must; they are asked
-- one by one (flows/nightly/monitor).
--
-- Variables: snapshot_no, as_of. Table `drifted`: the answer of scans/drift. Tables of the policy, written by flows/nightly/bound:
--   kind (household_id, advisor, model, kind_no)   a named household's own kind; rows with an empty household_id are everybody else's
--   rhythm (kind_no, rules, min_days, max_days, trigger, asks)        cadence; `asks`: it cannot be told here at all
--   floor (kind_no, per, min_usd, min_frac, set_aside, settled_only)  cash that must stay
--   ceiling (kind_no, rule_no, max_frac), named (rule_no, symbol, name)   single-name limits
--   harvest (kind_no, min_loss_usd, min_loss_frac)                    losses worth taking
WITH
household AS (
    SELECT h.household_id, coalesce(own.kind_no, k.kind_no) AS kind_no, date_diff('day', h.last_rebalanced, getvariable('as_of')::DATE) AS days
    FROM marts.households AS h
    LEFT JOIN kind AS own ON own.household_id = h.household_id
    LEFT JOIN kind AS k ON k.household_id = '' AND k.advisor = h.advisor AND k.model = h.model
    WHERE h.snapshot_no = getvariable('snapshot_no')
),
account AS (
    SELECT account_id, household_id, status = 'managed' AS is_traded, tax_treatment = 'taxable' AS is_taxable
    FROM marts.accounts
    WHERE snapshot_no = getvariable('snapshot_no')
),
-- Cash orders, each of one household. What is due leaves or comes now; later withdrawals and set-asides stay reserved.
ordered AS (
    SELECT coalesce(a.household_id, o.household_id) AS household_id, o.kind, o.amount,
        o.due <= getvariable('as_of')::DATE AND o.kind IN ('contribution', 'withdrawal', 'rmd')
            AND (a.account_id IS NOT NULL OR EXISTS (FROM account AS m WHERE m.household_id = o.household_id AND m.is_traded)) AS is_due
    FROM marts.cash_orders AS o
    LEFT JOIN account AS a ON a.account_id = o.account_id
    WHERE o.snapshot_no = getvariable('snapshot_no') AND o.amount > 0
),
orders AS (
    SELECT household_id, bool_or(is_due) AS has_due,
        sum(CASE WHEN is_due THEN CASE WHEN kind = 'contribution' THEN amount ELSE -amount END ELSE 0 END) AS due_usd,
        sum(CASE WHEN NOT is_due AND kind <> 'contribution' THEN amount ELSE 0 END) AS reserved_usd
    FROM ordered
    GROUP BY household_id
),
price AS (
    SELECT symbol, first(price ORDER BY date DESC, line)::DOUBLE AS price
    FROM marts.prices
    WHERE snapshot_no = getvariable('snapshot_no') AND date <= getvariable('as_of')::DATE AND price > 0
    GROUP BY symbol
),
purse AS (
    SELECT a.household_id, a.account_id, sum(c.settled_cash + c.unsettled_cash)::DOUBLE AS cash, sum(greatest(c.unsettled_cash, 0))::DOUBLE AS unsettled
    FROM marts.cash AS c
    JOIN account AS a ON a.account_id = c.account_id AND a.is_traded
    WHERE c.snapshot_no = getvariable('snapshot_no') AND c.currency = 'USD'
    GROUP BY ALL
),
purses AS (
    SELECT household_id, sum(cash) AS cash, sum(unsettled) AS unsettled, min(cash) AS least_cash, min(cash - unsettled) AS least_settled
    FROM purse
    GROUP BY household_id
),
short AS (
    -- Less cash than a rule wants kept, judged with the whole household's value and reserves: too many rather than too few.
    SELECT DISTINCT h.household_id
    FROM household AS h
    JOIN floor AS f ON f.kind_no = h.kind_no
    JOIN drifted AS d ON d.household_id = h.household_id
    LEFT JOIN purses AS p ON p.household_id = h.household_id
    LEFT JOIN orders AS o ON o.household_id = h.household_id
    WHERE CASE
        WHEN f.per = 'household' THEN coalesce(p.cash, 0) - CASE WHEN f.settled_only THEN coalesce(p.unsettled, 0) ELSE 0 END
        ELSE least(0, coalesce(o.due_usd, 0)) + coalesce(CASE WHEN f.settled_only THEN p.least_settled ELSE p.least_cash END, 0)
    END - coalesce(o.reserved_usd, 0) - f.set_aside < greatest(f.min_usd, f.min_frac * coalesce(d.value, 0)) + 0.005
        AND (f.min_usd > 0 OR f.min_frac > 0 OR f.set_aside > 0 OR coalesce(o.reserved_usd, 0) > 0 OR coalesce(p.least_settled, 0) < 0)
),
lot AS (
    SELECT l.household_id, l.account_id, l.symbol, l.quantity::DOUBLE AS quantity, l.cost_basis::DOUBLE AS basis, l.acquired_date, l.is_taxable
    FROM marts.tax_lots AS l
    WHERE l.snapshot_no = getvariable('snapshot_no') AND l.symbol <> 'CASH' AND l.quantity > 0
),
position AS (
    SELECT account_id, symbol, (quantity + pending_split_quantity)::DOUBLE AS quantity
    FROM marts.positions
    WHERE snapshot_no = getvariable('snapshot_no') AND symbol <> 'CASH'
),
-- Only what a single-name limit speaks of is summed; an account that came without positions holds the sum of its lots.
limited AS (
    SELECT p.account_id, n.rule_no, n.name, p.quantity * price.price AS value
    FROM position AS p JOIN named AS n ON n.symbol = p.symbol JOIN price ON price.symbol = p.symbol
    UNION ALL
    SELECT l.account_id, n.rule_no, n.name, l.quantity * price.price
    FROM lot AS l JOIN named AS n ON n.symbol = l.symbol JOIN price ON price.symbol = l.symbol
    ANTI JOIN position AS p ON p.account_id = l.account_id
),
heavy AS (
    SELECT DISTINCT h.household_id
    FROM (
        SELECT a.household_id, l.rule_no, l.name, sum(l.value) AS value
        FROM limited AS l JOIN account AS a ON a.account_id = l.account_id
        GROUP BY ALL
    ) AS share
    JOIN household AS h ON h.household_id = share.household_id
    JOIN drifted AS d ON d.household_id = share.household_id
    JOIN ceiling AS c ON c.kind_no = h.kind_no AND c.rule_no = share.rule_no
    WHERE share.value >= c.max_frac * d.value - 0.005
),
-- Losses worth taking in traded taxable accounts: net of the half-spread, at or above the rule's thresholds, and of a group of which
-- nobody of the household bought anything within thirty days, here or elsewhere.
security AS (
    SELECT symbol, any_value(coalesce(nullif(identity_group, ''), symbol)) AS identity_group, coalesce(any_value(half_spread_bps), 0)::DOUBLE / 10000 AS half_spread
    FROM marts.securities
    WHERE snapshot_no = getvariable('snapshot_no')
    GROUP BY symbol
),
bought AS MATERIALIZED (
    SELECT l.household_id, s.identity_group FROM lot AS l JOIN security AS s ON s.symbol = l.symbol
    WHERE l.acquired_date BETWEEN getvariable('as_of')::DATE - 30 AND getvariable('as_of')::DATE
    UNION
    SELECT t.household_id, s.identity_group FROM marts.transactions AS t JOIN security AS s ON s.symbol = t.symbol
    WHERE t.snapshot_no = getvariable('snapshot_no') AND t.action IN ('buy', 'reinvest')
        AND t.trade_date BETWEEN getvariable('as_of')::DATE - 30 AND getvariable('as_of')::DATE
    UNION
    SELECT x.household_id, s.identity_group
    FROM marts.held_away AS w
    JOIN marts.taxpayers AS x ON x.taxpayer_id = w.taxpayer_id AND x.snapshot_no = w.snapshot_no
    JOIN security AS s ON s.symbol = w.symbol
    WHERE w.snapshot_no = getvariable('snapshot_no') AND w.side = 'buy'
        AND w.trade_date BETWEEN getvariable('as_of')::DATE - 30 AND getvariable('as_of')::DATE
),
losing AS MATERIALIZED (
    SELECT l.household_id, l.account_id, s.identity_group, l.basis - l.quantity * p.price * (1 - s.half_spread) AS loss,
        l.basis + l.quantity * p.price * s.half_spread AS basis
    FROM lot AS l
    JOIN price AS p ON p.symbol = l.symbol
    JOIN security AS s ON s.symbol = l.symbol
    WHERE l.is_taxable AND l.basis > l.quantity * p.price * (1 - s.half_spread)
),
-- Materialised: joined in another order, every losing lot meets every kind's thresholds.
threshold AS MATERIALIZED (
    SELECT h.household_id, r.min_loss_usd, r.min_loss_frac FROM household AS h JOIN harvest AS r ON r.kind_no = h.kind_no
),
taken AS MATERIALIZED (
    SELECT l.household_id, l.identity_group, sum(l.loss) AS loss, count(*) AS lots
    FROM losing AS l
    JOIN threshold AS t ON t.household_id = l.household_id
    SEMI JOIN account AS a ON a.account_id = l.account_id AND a.is_traded AND a.is_taxable
    WHERE l.loss >= t.min_loss_usd AND l.loss >= t.min_loss_frac * l.basis
    GROUP BY ALL
),
losses AS (
    SELECT t.household_id, sum(t.loss) AS loss, sum(t.lots) AS lots
    FROM taken AS t
    ANTI JOIN bought AS b ON b.household_id = t.household_id AND b.identity_group = t.identity_group
    GROUP BY t.household_id
)
SELECT h.household_id, h.days, d.value, d.drift, coalesce(o.due_usd, 0)::DOUBLE AS orders_usd, coalesce(x.loss, 0) AS harvest_usd,
    coalesce(x.lots, 0) AS harvest_lots, r.min_days, r.max_days, r.trigger,
    CASE
        WHEN h.kind_no IS NULL OR r.asks THEN 'asked'
        WHEN r.rules = 0 THEN 'no rule'
        WHEN o.has_due THEN 'cash order'
        WHEN h.days IS NULL THEN 'never'
        WHEN h.days >= r.max_days AND h.days >= r.min_days THEN 'yearly'
        WHEN h.days >= r.min_days AND d.drift >= r.trigger THEN 'drift'
        ELSE ''
    END AS reason,
    s.household_id IS NOT NULL OR v.household_id IS NOT NULL AS is_suspect
FROM household AS h
LEFT JOIN drifted AS d ON d.household_id = h.household_id
LEFT JOIN rhythm AS r ON r.kind_no = h.kind_no
LEFT JOIN orders AS o ON o.household_id = h.household_id
LEFT JOIN losses AS x ON x.household_id = h.household_id
LEFT JOIN short AS s ON s.household_id = h.household_id
LEFT JOIN heavy AS v ON v.household_id = h.household_id
ORDER BY h.household_id
