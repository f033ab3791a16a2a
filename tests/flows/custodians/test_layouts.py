"""One household, every layout: whatever the custodian, the same facts come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import pytest

from flows.custodians.check import check_file
from flows.custodians.parsed import TABLES, ParsedFile
from tests.flows.custodians.book import AS_OF, Account
from tests.flows.custodians.files import deliveries

FILES = deliveries()
CENT = Decimal("0.01")
STATES_NO_DAY = (
    "generic lots",
    "generic pos",
    "generic cash",
    "generic trans",
    "generic real",
    "schwab realized",
    "fidelity closed",
    "vanguard",
)


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def cents(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text).quantize(CENT)


def rows(parsed: ParsedFile, table: str) -> list[dict[str, str | None]]:
    return [dict(row.values) for row in parsed.of_table(table)]


def multiset(things: Iterable[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    return Counter(things)


@pytest.fixture(params=sorted(FILES))
def layout(request):
    return request.param


@pytest.fixture
def parsed(layout, tmp_path):
    return FILES[layout].parse(tmp_path)


def test_every_layout_is_recognised_by_what_stands_in_it(layout, parsed):
    assert (parsed.profile, parsed.findings) == (FILES[layout].profile, ())


def test_every_row_of_every_layout_becomes_a_fact_or_is_named_as_noise(parsed):
    assert parsed.rejects == ()
    assert parsed.foots
    assert parsed.fact_count > 0
    assert parsed.is_usable


def test_only_canonical_columns_come_out(parsed):
    for row in parsed.rows:
        assert set(row.values) <= set(TABLES[row.table])


def test_the_as_of_day_comes_from_the_content_where_it_stands_there(layout, parsed):
    if layout.startswith(STATES_NO_DAY) or (layout.startswith("schwab transactions") and not layout.endswith("2020")):
        assert parsed.as_of is None
    else:
        assert parsed.as_of == AS_OF
        assert parsed.as_of_source in {"header", "footer", "manifest"}


def lots_of(accounts: Iterable[Account], layout: str) -> list[tuple[object, ...]]:
    """The book's lots; Schwab's lot details are one security per file."""
    only = layout.split()[-1] if layout.startswith("schwab lots") else None
    return [
        (
            account.ref,
            holding.symbol,
            lot.acquired.isoformat(),
            lot.quantity,
            None if lot.cost_basis is None else lot.cost_basis.quantize(CENT),
        )
        for account in accounts
        for holding in account.holdings
        for lot in holding.lots
        if only in (None, holding.symbol)
    ]


def test_lots_are_the_same_in_every_layout_that_has_lots(layout, parsed):
    read = [
        (row["account_ref"], row["symbol"], row["acquired_date"], number(row["quantity"]), cents(row["cost_basis"]))
        for row in rows(parsed, "tax_lots")
    ]
    if read:
        assert multiset(read) == multiset(lots_of(FILES[layout].accounts, layout))


def test_positions_are_the_same_in_every_layout_that_has_positions(layout, parsed):
    read = [(row["account_ref"], row["symbol"], number(row["quantity"]), cents(row["market_value"])) for row in rows(parsed, "positions")]
    if read:
        book = [(a.ref, h.symbol, h.quantity, h.value) for a in FILES[layout].accounts for h in a.holdings]
        assert multiset(read) == multiset(book)


def test_no_long_position_is_marked_short(parsed):
    assert {row.get("is_short") for row in rows(parsed, "positions")} <= {None, "false"}


def test_cash_is_the_same_in_every_layout_that_has_cash(layout, parsed):
    read: dict[str | None, Decimal] = {}
    for row in rows(parsed, "cash"):
        parts = (number(row.get("settled_cash")), number(row.get("unsettled_cash")))
        read[row["account_ref"]] = read.get(row["account_ref"], Decimal(0)) + sum((part for part in parts if part is not None), Decimal(0))
    if read:
        assert read == {account.ref: account.cash for account in FILES[layout].accounts}


@pytest.mark.parametrize("layout", ["generic cash.csv", "ibkr flex plain", "pershing gcus", "fidelity positions"])
def test_settled_and_unsettled_cash_stand_apart_where_the_layout_tells_them_apart(layout, tmp_path):
    read: dict[str | None, list[Decimal]] = {}
    for row in rows(FILES[layout].parse(tmp_path), "cash"):
        totals = read.setdefault(row["account_ref"], [Decimal(0), Decimal(0)])
        for index, name in enumerate(("settled_cash", "unsettled_cash")):
            totals[index] += Decimal(row.get(name) or 0)
    assert read == {account.ref: [account.settled_cash, account.unsettled_cash] for account in FILES[layout].accounts}


def test_trades_are_the_same_in_every_layout_that_has_trades(layout, parsed):
    read = [
        (
            row["account_ref"],
            row["trade_date"],
            row["action"],
            row["symbol"],
            abs(Decimal(row["quantity"] or 0)),
            number(row["price"]),
            number(row["amount"]),
        )
        for row in rows(parsed, "transactions")
        if row["action"] in {"buy", "sell"}
    ]
    if read:
        book = [
            (account.ref, trade.trade_date.isoformat(), trade.action, trade.symbol, trade.quantity, trade.price, trade.amount)
            for account in FILES[layout].accounts
            for trade in account.trades
        ]
        assert multiset(read) == multiset(book)


def test_shares_that_leave_are_negative_and_shares_that_come_are_positive_but_in_generic(layout, parsed):
    for row in rows(parsed, "transactions"):
        if row["action"] in {"buy", "sell"} and not layout.startswith("generic"):
            assert (Decimal(row["quantity"] or 0) < 0) == (row["action"] == "sell")


def test_realised_lots_are_the_same_in_every_layout_that_has_them(layout, parsed):
    names = ("account_ref", "symbol", "acquired_date", "sold_date")
    read = [
        (*[row[name] for name in names], *[number(row[name]) for name in ("quantity", "proceeds", "cost_basis")])
        for row in rows(parsed, "realized")
    ]
    if read:
        book = [
            (a.ref, s.symbol, s.acquired.isoformat(), s.sold.isoformat(), s.quantity, s.proceeds, s.cost_basis)
            for a in FILES[layout].accounts
            for s in a.sales
        ]
        assert multiset(read) == multiset(book)


@pytest.mark.parametrize("layout", ["schwab realized", "schwab realized all", "generic realized.csv"])
def test_a_disallowed_loss_is_an_amount_whatever_sign_the_export_writes(layout, tmp_path):
    assert {row["wash_disallowed"] for row in rows(FILES[layout].parse(tmp_path), "realized")} == {"11.64"}


@pytest.mark.parametrize("layout", [name for name in FILES if name.startswith(("schwab", "etrade"))])
def test_footers_tie_with_the_rows_above_them(layout, tmp_path):
    path = tmp_path / FILES[layout].name
    path.write_text(FILES[layout].text)
    check = check_file(path)
    assert check.is_clean
    assert all(tie.ties is not False for tie in check.ties)
    if any(word in layout for word in ("positions", "accounts", "etrade")):
        assert [tie.ties for tie in check.ties if tie.measure == "market_value"] == [True] * len(FILES[layout].accounts)


def test_a_generic_manifest_speaks_of_the_other_files(tmp_path):
    totals = rows(FILES["generic manifest.csv"].parse(tmp_path), "control_totals")
    assert {row["scope"] for row in totals} == {"file"}
    assert [(row["of_file"], row["measure"]) for row in totals] == [
        ("lots.csv", "rows"),
        ("lots.csv", "quantity"),
        ("positions.csv", "rows"),
        ("positions.csv", "quantity"),
        ("positions.csv", "market_value"),
        ("cash.csv", "rows"),
    ]


def test_leading_zeros_of_an_account_survive(tmp_path):
    assert {row["account_ref"] for row in rows(FILES["generic lots.csv"].parse(tmp_path), "tax_lots")} == {"0012", "0013"}


def test_an_empty_basis_stays_missing_and_twins_stay_two_lots(tmp_path):
    lots = rows(FILES["generic lots.csv"].parse(tmp_path), "tax_lots")
    assert [row["lot_id"] for row in lots if row["cost_basis"] is None] == ["L6", "L6"]
    assert [row["lot_id"] for row in lots if row["acquired_date"] == "2026-02-09"] == ["L2", "L3"] * 2


def test_a_gcus_trailer_counts_every_detail_record(tmp_path):
    parsed = FILES["pershing gcus"].parse(tmp_path)
    assert (parsed.trailer_count, parsed.detail_count) == (14, 14)
