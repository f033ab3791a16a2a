"""What `reconcile` leaves behind and prints: two CSV files, and a table of the worst on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.cells import money, shares, table
from flows.next_day.difference import Difference
from flows.next_day.reconcile import Reconciled, TaxLine
from flows.run_folder import appearing
from flows.settings import unusable

DIFFERENCES = (
    "household_id", "account_id", "custodian", "trade_id", "symbol", "side", "difference", "sent_quantity", "filled_quantity",
    "sent_price", "fill_price", "lots_named", "lots_relieved", "promised_gain", "realized_gain", "tax_dollars", "message", "remedy",
)  # fmt: skip
TAXES = ("household_id", "promised_tax", "realized_tax", "tax_dollars")
SHOWN = 20
STYLES = {"wrong-lots": "red", "not-filled": "red", "over-filled": "red", "unplanned": "red", "not-delivered": "yellow"}


def put_down(result: Reconciled, target: Path) -> None:
    """Write differences.csv and taxes.csv into a folder that appears with both or not at all; an earlier comparison there is
    replaced. Raises FirmUnusable where the folder holds something else."""
    if target.exists() and (not target.is_dir() or any(path.name not in {"differences.csv", "taxes.csv"} for path in target.iterdir())):
        raise unusable("out-is-taken", f"{target} holds something else than a comparison", "--out names a new or an empty folder")
    with appearing(target) as folder:
        for name, page in (("differences.csv", table(DIFFERENCES, map(_difference, result.differences))),
                           ("taxes.csv", table(TAXES, map(_tax, result.taxes)))):  # fmt: skip
            (folder / name).write_text(page, encoding="utf-8", newline="")


def _difference(each: Difference) -> Mapping[str, str]:
    return {
        "household_id": each.household_id, "account_id": each.account_id, "custodian": each.custodian, "trade_id": each.trade_id,
        "symbol": each.symbol, "side": each.side, "difference": each.code, "sent_quantity": shares(each.sent),
        "filled_quantity": shares(each.filled), "sent_price": shares(each.sent_price),
        "fill_price": shares(None if each.fill_price is None else round(each.fill_price, 6)), "lots_named": each.lots_named,
        "lots_relieved": each.lots_relieved, "promised_gain": money(each.promised_gain), "realized_gain": money(each.realized_gain),
        "tax_dollars": money(each.tax), "message": each.message, "remedy": each.remedy,
    }  # fmt: skip


def _tax(each: TaxLine) -> Mapping[str, str]:
    return {"household_id": each.household_id, "promised_tax": money(each.promised), "realized_tax": money(each.realized),
            "tax_dollars": money(each.difference)}  # fmt: skip


def print_reconciled(console: Console, result: Reconciled, target: Path) -> None:
    """The differences, most tax dollars first, a capped list; what waits unsent as one line; both taxes; where the files lie."""
    found = [each for each in result.differences if each.counts]
    if found:
        console.print(_table(found[:SHOWN]))
        if len(found) > SHOWN:
            console.print(f"+{len(found) - SHOWN} more", markup=False)
        console.print()
    waiting = len(result.differences) - len(found)
    done = result.sent - waiting - len({each.trade_id for each in found if each.trade_id})
    console.print(
        f"run {result.run_id} of {result.as_of}, extracts of {result.day}: {result.sent} trades, {done} done as sent, "
        f"{len(found)} differ, {waiting} could not be sent and wait", markup=False, soft_wrap=True,
    )  # fmt: skip
    promised, realized = (sum(getattr(each, name) for each in result.taxes) for name in ("promised", "realized"))
    console.print(f"tax         promised {_usd(promised)}, realised {_usd(realized)}", markup=False)
    console.print(f"files       {target / 'differences.csv'}, {target / 'taxes.csv'}", markup=False, soft_wrap=True)


def _table(found: list[Difference]) -> Table:
    page = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("household", "account", "difference", "what"):
        page.add_column(name, overflow="fold", no_wrap=name != "what")
    page.add_column("tax", justify="right", no_wrap=True)
    for each in found:
        style = STYLES.get(each.code, "yellow")
        what = f"[{style}]{each.code}[/{style}]"
        page.add_row(_clean(each.household_id), _clean(each.account_id), what, _clean(each.message), _usd(each.tax))
    return page


def _clean(text: str) -> str:
    """Without markup and without anything that could steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text).replace("[", r"\[")


def _usd(amount: object) -> str:
    return f"${amount:,.0f}".replace("$-", "-$")
