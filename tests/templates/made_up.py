"""Made-up decisions for the pages: households of every status and of awkward sizes. Trades go through the ledger, so
holdings and lots add up; statistics are typed in, since pages print them and do not compute them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rules.assumptions import Assumptions, ClassAssumptions
from rules.language.band import Band
from rules.language.base import Rule
from rules.language.gain_budget import GainBudget
from rules.language.grammar import Source
from rules.language.location import Location
from rules.language.restraint import Restraint
from rules.language.target import Target
from rules.language.trade_size import TradeSize
from rules.policy import HouseholdPolicy, PlacedRule
from solver.decision import Baseline, Decision
from solver.effects import Projection
from solver.ledger import buy, holdings_after, sell
from solver.outcome import (
    Barred,
    Certificate,
    Explanation,
    NotTraded,
    Outcome,
    Payment,
    Relaxation,
    RulePrice,
    SolutionStatus,
    Status,
    Trade,
    TradeReason,
)
from solver.prospects import Sensitivity
from solver.statistics import Statistics
from templates.view.run import RunFacts
from validation.findings import Finding, Place, Scope, Severity
from validation.household import (
    Account,
    AccountStatus,
    Cash,
    FilingStatus,
    Household,
    Lot,
    OrderKind,
    Owner,
    Position,
    ReliefMethod,
    Security,
    Taxpayer,
    TaxTreatment,
)
from validation.source import Spot

AS_OF = date(2026, 11, 20)
RUN = RunFacts("7c1e40a2b3d4e5f60718", AS_OF, "Aldermoor Wealth", "Rooftree 0.1.0")
D = Decimal
SECURITIES = {
    "VTI": ("US total market fund", "us_equity", "331.40"),
    "VXUS": ("International stock fund", "intl_equity", "79.85"),
    "VNQ": ("Real estate fund", "reit", "92.60"),
    "BND": ("Total bond fund", "core_bond", "74.52"),
    "IUSB": ("Broad bond fund", "core_bond", "46.90"),
    "MUB": ("Municipal bond fund", "muni_bond", "107.35"),
    "ACME": ("Acme Manufacturing", "us_equity", "214.00"),
}
TARGETS = {
    "us_equity": D("0.36"),
    "intl_equity": D("0.18"),
    "reit": D("0.06"),
    "core_bond": D("0.28"),
    "muni_bond": D("0.10"),
    "cash": D("0.02"),
}
TREATMENT = {"t": TaxTreatment.TAXABLE, "d": TaxTreatment.TAX_DEFERRED, "e": TaxTreatment.TAX_EXEMPT}
Spec = tuple[str, str, str, str, str, Mapping[str, int]]
"""Account id, owner, registration, custodian and its reference, treatment letter is the first of the id; dollars by symbol."""

BRANDT = (
    (
        "t-1",
        "Ellen and Thomas",
        "joint",
        "schwab",
        "40024417",
        {"VTI": 504_000, "ACME": 90_000, "VXUS": 224_000, "VNQ": 34_000, "BND": 41_000, "MUB": 84_000, "CASH": 43_000},
    ),
    ("t-2", "Thomas", "individual", "pershing", "5TR003306", {"VTI": 90_000, "VXUS": 30_000, "BND": 14_200, "CASH": 6_000}),
    (
        "d-1",
        "Ellen",
        "traditional_ira",
        "fidelity",
        "X12348832",
        {"VTI": 180_000, "VXUS": 95_000, "VNQ": 55_000, "BND": 300_000, "CASH": 10_000},
    ),
    (
        "d-2",
        "Thomas",
        "rollover_ira",
        "schwab",
        "88812051",
        {"VTI": 100_000, "VXUS": 65_000, "VNQ": 35_000, "BND": 190_000, "CASH": 20_000},
    ),
    ("e-1", "Ellen", "roth_ira", "fidelity", "X99907719", {"VTI": 80_000, "VXUS": 30_000, "VNQ": 20_000, "BND": 55_000, "CASH": 5_000}),
)
BRANDT_TRADES = (
    (
        "t-1",
        "SELL",
        "VXUS",
        259,
        1113,
        "Nearly a third of its dividends is taxed as income every year. We sell as much as your gain budget allows; the rest stays.",
        {"drift": 670, "location": 931, "tax_later": 752, "tax_now": -1113, "spread": -2},
    ),
    (
        "t-1",
        "SELL",
        "VNQ",
        367,
        1970,
        "Real estate: what it earns is taxed less in another of your accounts.",
        {"location": 2472, "tax_later": 1331, "tax_now": -1970, "spread": -5},
    ),
    (
        "t-1",
        "SELL",
        "BND",
        550,
        -1106,
        "Sold at a loss of $7,373, which lowers this year's tax.",
        {"drift": -1330, "location": 3291, "tax_later": -747, "tax_now": 1106, "spread": -4},
    ),
    (
        "t-1",
        "BUY",
        "MUB",
        1014,
        0,
        "You hold 6.5 points less in municipal bonds than your target. Their interest is free of federal "
        "tax, so they belong in a taxable account.",
        {"drift": 11760, "spread": -16},
    ),
    (
        "t-2",
        "SELL",
        "BND",
        190,
        90,
        "Makes room for municipal bonds; bonds that pay taxable interest are held in the IRAs instead.",
        {"drift": -459, "location": 1137, "tax_later": 61, "tax_now": -90, "spread": -1},
    ),
    ("t-2", "BUY", "MUB", 174, 0, "The same, with the money from the bond fund.", {"drift": 2018, "spread": -3}),
    (
        "d-1",
        "SELL",
        "VTI",
        156,
        0,
        "You hold 7.5 points more in US stocks than your target. A sale inside an IRA costs no tax now.",
        {"drift": 4949, "spread": -3},
    ),
    ("d-1", "BUY", "VNQ", 367, 0, "The other half of the move out of the joint account.", {"spread": -5}),
    ("d-1", "BUY", "IUSB", 438, 0, "You hold 3.0 points less in bonds than your target.", {"drift": 666, "spread": -3}),
    ("d-2", "SELL", "VTI", 302, 0, "Most of the step back from 68/32 happens here, without tax.", {"drift": 9580, "spread": -5}),
    ("d-2", "BUY", "VXUS", 109, 0, "Takes over part of what the joint account sold.", {"drift": -282, "location": -148, "spread": -1}),
    (
        "d-2",
        "BUY",
        "IUSB",
        2269,
        0,
        "You hold 3.0 points less in bonds than your target; in an IRA their interest is not taxed each year.",
        {"drift": 3453, "spread": -16},
    ),
)


def placed(rule: Rule) -> PlacedRule[Rule]:
    return PlacedRule(rule, f"policy/firm/{rule.id}.yaml", Spot(1, 4, 1, -1, 0, 0))


def assumptions() -> Assumptions:
    returns = {"us_equity": "0.065", "intl_equity": "0.07", "reit": "0.065", "core_bond": "0.045", "muni_bond": "0.032", "cash": "0.03"}
    return Assumptions(
        id="base_2026",
        title="House assumptions 2026",
        as_of=date(2026, 9, 30),
        source=Source(title="Investment committee"),
        form="one_year",
        deferred_convention="full_balance",
        classes={name: ClassAssumptions(total_return_frac=D(value)) for name, value in returns.items()},
    )


def policy(*more: Rule, targets: Mapping[str, Decimal] = TARGETS, banded: bool = True) -> HouseholdPolicy:
    rules: list[Rule] = [Target(id="balanced_60_40", title="Balanced 60/40", weights_frac=dict(targets))]
    if banded:
        rules.append(Band(id="bands", title="Tolerance around target", absolute_frac=D("0.03"), relative_frac=D("0.20")))
    rules += [
        *more,
        Location(id="location", title="Place assets where they are taxed least", assumptions="base_2026"),
        TradeSize(id="trade_size", title="No small trades", min_usd=D(250)),
    ]
    return HouseholdPolicy("H-2207", "balanced_60_40", AS_OF, tuple(placed(rule) for rule in rules), {"base_2026": assumptions()})


def brandt_rules() -> tuple[Rule, ...]:
    return (
        Restraint(id="keep_acme", title="Never sell Thomas’s Acme shares", because="You asked us to keep them.", never="sell"),
        GainBudget(
            id="gains_2026",
            title="At most $20,000 of net gains in 2026",
            because="Leaves some drift, to be closed with next year’s budget.",
            net_usd=D(20_000),
        ),
    )


def taxpayer(number: int = 1, status: FilingStatus = FilingStatus.MARRIED_JOINT, **more: object) -> Taxpayer:
    base = Taxpayer(f"TP-{number}", status, "TX", D(171_500), D(4_000), D(3_800), D(12_000), None, None, D(0), D(0), D(0), D(6_200))
    return replace(base, **more)  # type: ignore[arg-type]


def household(
    specs: Iterable[Spec] = BRANDT, name: str = "Ellen and Thomas Brandt", taxpayers: tuple[Taxpayer, ...] | None = None, **more: object
) -> Household:
    securities = {
        symbol: Security(symbol, title, "etf", symbol, symbol, "", D(5), True, D(price), AS_OF, {asset_class: D(1)})
        for symbol, (title, asset_class, price) in SECURITIES.items()
    }
    accounts, positions, cash = [], [], []
    returns = taxpayers or (taxpayer(),)
    for place, (account_id, owner, registration, custodian, ref, dollars) in enumerate(specs):
        owner_of = returns[place % len(returns)].taxpayer_id
        accounts.append(
            Account(
                account_id,
                "H-2207",
                owner_of,
                owner,
                custodian,
                ref,
                registration,
                TREATMENT[account_id[0]],
                AccountStatus.MANAGED,
                ReliefMethod.FIFO,
                False,
            )
        )
        for symbol, amount in dollars.items():
            if symbol == "CASH":
                cash.append(Cash(account_id, D(amount)))
                continue
            price = securities[symbol].price_usd
            quantity = (D(amount) / price).quantize(D(1))
            basis = (quantity * price * (D("1.15") if symbol == "BND" else D("0.72"))).quantize(D("0.01"))
            lot = Lot(account_id, symbol, f"{account_id}-{symbol}-1", date(2021, 7, 20), quantity, basis)
            positions.append(Position(account_id, symbol, quantity, (lot,)))
    base = Household(
        "H-2207",
        name,
        "Ruth Okafor",
        "balanced_60_40",
        date(2025, 11, 3),
        "joint",
        AS_OF,
        returns,
        tuple(Owner(person, returns[0].taxpayer_id) for person in ("Ellen", "Thomas"))
        if len(returns) == 1
        else tuple(Owner(f"Person {each.taxpayer_id[-1]}", each.taxpayer_id) for each in returns),
        tuple(accounts),
        tuple(positions),
        tuple(cash),
        (),
        securities,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def renamed(of: Household, name: str) -> Household:
    """The household with one name for everything that has one."""
    return replace(
        of,
        accounts=tuple(replace(each, owner=name, registration=name, custodian=name) for each in of.accounts),
        owners=tuple(replace(each, owner=name) for each in of.owners),
        securities={symbol: replace(each, name=name) for symbol, each in of.securities.items()},
    )


def trade(of: Household, account_id: str, side: str, symbol: str, quantity: int) -> Trade:
    account, security = of.account[account_id], of.securities[symbol]
    if side == "BUY":
        return buy(account, security, D(quantity))
    position = next(each for each in of.positions if (each.account_id, each.symbol) == (account_id, symbol))
    return sell(of, account, security, {position.lots[0]: D(quantity)}, D(quantity))


def weights(of: Household, rows: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for symbol, amount in rows:
        name = "cash" if symbol == "CASH" else SECURITIES[symbol][1]
        total[name] = total.get(name, D(0)) + amount
    everything = sum(total.values(), D(0)) or D(1)
    return {name: amount / everything for name, amount in total.items()}


def statistics(of: Household, trades: tuple[Trade, ...], after: Iterable[tuple[str, Decimal]], **more: object) -> Statistics:
    held = [(each.symbol, each.quantity * of.price_usd(each.symbol)) for each in of.positions] + [
        ("CASH", each.total_usd) for each in of.cash
    ]
    lots = [lot.gain_usd for each in trades for lot in each.lots if lot.gain_usd is not None]
    gains, losses = sum((each for each in lots if each > 0), D(0)), sum((each for each in lots if each < 0), D(0))
    base = Statistics(
        value=of.value_usd,
        drift_before=D("0.0954"),
        drift_after=D("0.0121"),
        st_gains=D(0),
        st_losses=D(0),
        lt_gains=gains,
        lt_losses=losses,
        net_st=D(0),
        net_lt=gains + losses,
        disallowed_loss=D(0),
        tax_cost=D("2066.70"),
        tax_cost_flat_estimate=D("2066.70"),
        carryforward_used=D(0),
        cost_of_implementation=D("2130.90"),
        after_tax_return_before=D("0.05650"),
        after_tax_return_after=D("0.05509"),
        location_score_before=D("83.1"),
        location_score_after=D("95.6"),
        location_score_reachable=D("96.2"),
        annual_benefit=D("755.60"),
        projections=(Projection(1, 755.6, 737.2), Projection(10, 9_820.0, 7_671.0)),
        allocation_effect=D("-0.00173"),
        benefit_over_baseline=D("1210.40"),
        payback_years=D("0.97"),
        baseline_tax_cost=D("36075.60"),
        taxes_saved=D("34008.90"),
        taxes_avoided=D("14884.90"),
        taxes_deferred=D("19124.00"),
        baseline_drift_after=D("0.054"),
        turnover=D("0.116"),
        trades=len(trades),
        weights_before=weights(of, held),
        weights_after=weights(of, after),
        targets=TARGETS,
    )
    return replace(base, **more)  # type: ignore[arg-type]


SENSITIVITIES = (
    Sensitivity("late_2020s", 0.0581, 93.0, 642.0, 1.14, 11_020.0, 6_480.0),
    Sensitivity("rates+5", 0.0543, 94.9, 894.0, 0.82, 13_900.0, 7_950.0),
    Sensitivity("rates-5", 0.0559, 96.1, 598.0, None, 8_150.0, 4_900.0),
)


def proposal(
    of: Household | None = None,
    orders: Iterable[tuple[str, str, str, int, int, str, Mapping[str, float]]] = BRANDT_TRADES,
    rules: tuple[Rule, ...] | None = None,
    payments: tuple[Payment, ...] = (),
    **figures: object,
) -> Decision:
    of = of or household()
    orders = tuple(orders)
    trades = tuple(trade(of, account_id, side, symbol, quantity) for account_id, side, symbol, quantity, _, _, _ in orders)
    after = holdings_after(of, trades, payments)
    reasons = {
        done.trade_id: TradeReason(done.trade_id, "reach_target", client, f"{client} Advisor words.", D(tax), dict(worth))
        for done, (_, _, _, _, tax, client, worth) in zip(trades, orders, strict=True)
    }
    spec = brandt_rules() if rules is None else rules
    prices = tuple(
        RulePrice(
            rule.id,
            rule.kind,
            rule.title,
            rule.because or "",
            Place(f"policy/firm/{rule.id}.yaml", 2, 5),
            True,
            22.0,
            0.21,
            "usd per usd",
            price,
        )
        for rule, price in zip(spec, (2330.0, 2127.0, None), strict=False)
    )
    untouched = (
        NotTraded("t-1", "VTI", "t-1-VTI-1", "tax_above_benefit", "Per $1,000 sold: $32 of drift repaired against $39 of tax.", None),
        NotTraded("t-1", "ACME", "t-1-ACME-1", "keep_acme", "keep_acme holds it.", D("2330")),
    )
    stats = statistics(of, trades, ((row.symbol, row.market_value_usd or D(0)) for row in after), **figures)
    alone = tuple(
        trade(of, each.account_id, "SELL", each.symbol, int(each.quantity * 2 / 5))
        for each in of.positions
        if each.symbol == "VTI" and each.quantity > 5
    )
    baseline = Baseline(
        alone,
        replace(
            stats,
            tax_cost=stats.baseline_tax_cost,
            drift_after=stats.baseline_drift_after,
            trades=21,
            taxes_saved=None,
            location_score_after=D(55),
            after_tax_return_after=D("0.0552"),
            turnover=D("0.206"),
        ),
    )
    losers = [each.symbol for each in trades if any((lot.gain_usd or 0) < 0 for lot in each.lots)]
    barred = (
        (Barred(tuple(sorted(set(losers))), date(2026, 12, 20), tuple(of.account), ("d-1",) if "d-1" in of.account else ()),)
        if losers
        else ()
    )
    outcome = Outcome(
        Status.PROPOSED,
        trades,
        payments,
        after,
        Certificate(SolutionStatus.WITHIN_GAP, 1000.0, 985.4, 14.6, 0.06, 412, 31),
        (),
        barred,
        ("No state’s credits are computed.",),
        42459.0,
    )
    return Decision(
        of,
        policy(*spec),
        Status.PROPOSED,
        of.value_usd,
        outcome,
        payments,
        stats,
        baseline,
        Explanation(reasons, untouched, prices, {"drift": 4210.0, "location": 275.0}, sensitivities=SENSITIVITIES),
        (finding(),),
        "drift",
    )


def finding(code: str = "missing-basis", severity: Severity = Severity.WARNING, **more: object) -> Finding:
    base = Finding(
        code,
        severity,
        Scope.LOT,
        "lot 12 of MUB in account 40024417 has no cost basis",
        "ask the custodian for the basis of the lot",
        Place("extracts/2026-11-20/schwab/lots.csv", 214, 6),
        "H-2207",
        "MUB",
        "",
        D("8420.15"),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def still(status: Status, because: str = "") -> Decision:
    """A decided household without trades."""
    of = household()
    after = holdings_after(of, (), ())
    rows = [(row.symbol, row.market_value_usd or D(0)) for row in after]
    stats = statistics(of, (), rows, drift_after=D("0.0954"), tax_cost=D(0), location_score_after=D("83.1"))
    return Decision(of, policy(*brandt_rules()), status, of.value_usd, Outcome(status, (), (), after), (), stats, due_because=because)


def blocked() -> Decision:
    of = household(name="Petrov Family Trust", household_id="H-1920")
    found = (
        finding(
            "stale-price", Severity.ERROR, scope=Scope.SECURITY, message="MUB has had no price since 2026-11-06", at_stake_usd=D(64_900)
        ),
        finding(
            "control-total",
            Severity.ERROR,
            scope=Scope.FILE,
            message="the lots file ends in the middle of row 1,204",
            subject="lots.csv",
            at_stake_usd=None,
        ),
    )
    return Decision(of, None, Status.BLOCKED, of.value_usd, findings=found)


def conflict() -> Decision:
    of = household(name="Castellanos", household_id="H-1843")
    rules = (
        Relaxation(
            "gains_2026", "At most $10,000 of net gains in 2026", Place("policy/household/H-1843.yaml", 3, 5), "raise it to $14,380"
        ),
        Relaxation(
            "sell_tobacco",
            "Sell all tobacco by December 31",
            Place("policy/household/H-1843.yaml", 12, 5),
            "move the date to January 4, 2027",
        ),
    )
    payment = Payment(OrderKind.WITHDRAWAL, "t-1", D(12_000), date(2026, 11, 18), False)
    outcome = Outcome(Status.CONFLICT, (), (payment,), holdings_after(of, (), (payment,)), conflict=rules)
    return Decision(
        of,
        policy(*brandt_rules()),
        Status.CONFLICT,
        of.value_usd,
        outcome,
        (payment,),
        findings=(finding("rules-conflict", Severity.ERROR, scope=Scope.RULE, at_stake_usd=D(412_000)),),
    )


def failed() -> Decision:
    of = household(name="Ferreira", household_id="H-1488")
    return Decision(
        of, policy(), Status.FAILED, None, findings=(finding("household-failed", Severity.ERROR, scope=Scope.HOUSEHOLD, at_stake_usd=None),)
    )


def every_status() -> dict[Status, Decision]:
    return {
        Status.PROPOSED: proposal(),
        Status.NO_TRADE_NEEDED: still(Status.NO_TRADE_NEEDED),
        Status.NOT_DUE: still(Status.NOT_DUE, "rebalanced 12 days ago; at most every 30 days"),
        Status.BLOCKED: blocked(),
        Status.CONFLICT: conflict(),
        Status.FAILED: failed(),
    }


def with_accounts(number: int) -> Decision:
    """A household of many accounts (or one), a sale and a purchase in most of them."""
    letters = "tdde"
    specs: list[Spec] = [
        (
            f"{letters[i % 4]}-{i}",
            f"Person {i % 7}",
            ("joint", "traditional_ira", "401k", "roth_ira")[i % 4],
            ("schwab", "fidelity")[i % 2],
            f"{70_000_000 + i * 137}",
            {"VTI": 60_000 + 900 * i, "BND": 30_000 + 100 * i, "VXUS": 12_000, "CASH": 2_000 + i},
        )
        for i in range(number)
    ]
    of = household(specs, name="A Family of Many Accounts" if number > 1 else "Mira Sole")
    reason = "You hold more in US stocks than your target."
    orders = [
        (spec[0], side, symbol, 20, 40 if side == "SELL" and spec[0][0] == "t" else 0, reason, {"drift": 300.0, "spread": -1.0})
        for spec in specs
        for side, symbol in (("SELL", "VTI"), ("BUY", "IUSB"))
    ]
    return proposal(of, orders)


def with_trades(number: int) -> Decision:
    """A proposal of so many trades, eight in every account."""
    decision = with_accounts(number // 8)
    of = decision.household
    orders = [
        (account.account_id, side, symbol, 3, 5 if side == "SELL" else 0, "A reason in a few words.", {"drift": 30.0})
        for account in of.accounts
        for side, symbol in (
            ("SELL", "VTI"),
            ("SELL", "BND"),
            ("SELL", "VXUS"),
            ("BUY", "VNQ"),
            ("BUY", "IUSB"),
            ("BUY", "MUB"),
            ("BUY", "ACME"),
            ("BUY", "BND"),
        )
    ]
    return proposal(of, orders)


def three_taxpayers() -> Decision:
    returns = (
        taxpayer(1),
        taxpayer(2, FilingStatus.SINGLE, ordinary_income_usd=D(48_000)),
        taxpayer(3, FilingStatus.HEAD_OF_HOUSEHOLD, st_carryforward_usd=D(9_000)),
    )
    specs = [
        (f"t-{i}", f"Person {i}", "individual", "schwab", f"5500{i}123", {"VTI": 90_000, "BND": 45_000, "CASH": 3_000}) for i in (1, 2, 3)
    ]
    of = household(specs, name="The Okonkwo Siblings", taxpayers=returns)
    orders = [
        (f"t-{i}", "SELL", "VTI", 40, 420, "You hold more in US stocks than your target.", {"drift": 800.0, "tax_now": -420.0})
        for i in (1, 2, 3)
    ]
    return proposal(of, orders)


def negative_tax() -> Decision:
    orders = [
        ("t-1", "SELL", "BND", 550, -1106, "Sold at a loss, which lowers this year’s tax.", {"tax_now": 1106.0}),
        ("t-1", "BUY", "IUSB", 870, 0, "Keeps your share of bonds.", {"drift": 20.0}),
    ]
    return proposal(
        None,
        orders,
        tax_cost=D(-1106),
        cost_of_implementation=D(-1090),
        baseline_tax_cost=D(420),
        taxes_saved=D(1526),
        taxes_avoided=D(1900),
        taxes_deferred=D(-374),
        annual_benefit=D(0),
        payback_years=None,
    )


def without_statistics() -> Decision:
    decision = proposal()
    reasons = {"tax_cost": "the tax law of the year is not known", "location_score_before": "all accounts are taxed alike"}
    return replace(
        decision, statistics=Statistics(value=decision.household.value_usd, not_available=reasons), baseline=None, explanation=None
    )
