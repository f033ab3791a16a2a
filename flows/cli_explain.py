"""`rooftree explain`, `rooftree verify`, `rooftree replay`: the reason of every trade, and the proof of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

if TYPE_CHECKING:
    from flows.explanation import Json

Form: TypeAlias = Literal["text", "json"]
FirmOption = Annotated[Path | None, typer.Option(help="The firm's folder: decide the household now.", metavar="DIR")]
RunOption = Annotated[Path | None, typer.Option(help="A run's folder.", show_default="the latest in runs/", metavar="DIR")]


def explain(
    household: Annotated[str, typer.Argument(help="A household's id; or the word statistic.", show_default=False)],
    name: Annotated[str | None, typer.Argument(help="After statistic: which one.", show_default=False)] = None,
    trade: Annotated[str | None, typer.Option(help="Only this trade.", metavar="ID")] = None,
    why_not: Annotated[str | None, typer.Option(help="Why this security was not traded, or not further.", metavar="SYMBOL")] = None,
    firm: FirmOption = None,
    run: RunOption = None,
    full: Annotated[bool, typer.Option("--full", help="With --firm: search anew for every rule and trade left out.")] = False,
    form: Annotated[Form, typer.Option("--format", help="For people or machines.")] = "text",
) -> None:
    """Say why: what each trade brought and why it went no further, what was left alone, what rules and budgets cost.

    rooftree explain H-1001 --run runs/<run_id>
    rooftree explain H-1001 --firm examples/maple_wealth --why-not VTI
    rooftree explain statistic location_score_after
    """
    from flows.plain_errors import plain_errors

    with plain_errors():
        if household == "statistic":
            _say(_statistic(name))
        elif why_not is not None:
            _why_not(household, why_not, firm, run, form)
        else:
            from flows.explain_one import explained_anew, explained_in
            from flows.telling import tell, tell_trade

            page = explained_anew(firm, household, full=full)[0] if firm else explained_in(run, household)
            if trade is not None:
                page = _one(page, trade)
            _say(_json(page) if form == "json" else (tell_trade(page) if trade is not None else tell(page)))


def verify(
    run: Annotated[Path, typer.Argument(help="A run's folder.", show_default=False)],
    firm: Annotated[Path, typer.Argument(help="The firm's folder.", show_default=False)],
) -> None:
    """Check a run's files against the firm's data and policy, with the checker alone: nothing is solved.

      rooftree verify runs/<run_id> examples/maple_wealth

    Exit code 0: every trade list may leave; 1: something is broken or changed; 2: it could not be checked.
    """
    from flows.plain_errors import plain_errors

    with plain_errors():
        from flows.say import err, print_findings
        from flows.verify import verify_run

        verified = verify_run(run, firm)
        if verified.findings:
            print_findings(err(), verified.findings)
        _say([verified.sentence])
    raise typer.Exit(1 if verified.findings else 0)


def replay(
    run: Annotated[Path, typer.Argument(help="A run's folder.", show_default=False)],
    firm: Annotated[Path, typer.Argument(help="The firm's folder.", show_default=False)],
) -> None:
    """Make a run again from its record and compare every byte, the clock apart.

      rooftree replay runs/<run_id> examples/maple_wealth

    Exit code 0: the same bytes; 1: something differs, and what; 2: it could not be made.
    """
    from flows.plain_errors import plain_errors

    with plain_errors():
        from flows.replay import replay_run

        replayed = replay_run(run, firm)
        _say([*replayed.differences, replayed.sentence])
    raise typer.Exit(1 if replayed.differences else 0)


def _statistic(name: str | None) -> Iterable[str]:
    from flows.settings import unusable
    from flows.telling import tell_definition
    from solver.definitions import DEFINITIONS
    from solver.shown_figures import SHOWN
    from validation.suggest import nearest

    known = {**DEFINITIONS, **SHOWN}
    if name is None:
        return [f"{each.name:<28}{each.title}" for each in known.values()]
    if name in known:
        return tell_definition(known[name])
    begun = [each for each in known if each.startswith(name)]
    if begun:
        return [line for each in begun for line in tell_definition(known[each])]
    similar = nearest(name, list(known))
    raise unusable(
        "unknown-statistic",
        f"no statistic is called {name}",
        f"a similar one exists: {similar}" if similar else "`rooftree explain statistic` lists them",
    )


def _why_not(household: str, symbol: str, firm: Path | None, run: Path | None, form: Form) -> None:
    from flows.explain_one import explained_anew, explained_in, symbol_in
    from flows.telling import tell_why_not

    if firm is not None:
        page, decision = explained_anew(firm, household)
        answers = symbol_in(decision, symbol)
    else:
        page = explained_in(run, household)
        answers = [each for each in page["not_traded"] if each["symbol"] == symbol]
    mine = [each for each in page["trades"] if each["symbol"] == symbol]
    if form == "json":
        _say(_json({"trades": mine, "not_traded": answers}))
        return
    for each in mine:
        _say([f"{each['trade_id']} is traded: {each['client']}", f"  {each['margin']}"])
    _say(tell_why_not(answers))
    if not answers and not mine:
        told = (
            "nothing was proposed"
            if not page["trades"]
            else "nothing much speaks for trading it; --firm DIR reads its margins all the same"
        )
        _say([f"{symbol}: {told}"])


def _one(page: Json, trade_id: str) -> Json:
    from flows.settings import unusable
    from validation.suggest import nearest

    found = next((each for each in page["trades"] if each["trade_id"] == trade_id), None)
    if found is None:
        similar = nearest(trade_id, [each["trade_id"] for each in page["trades"]])
        help_ = f"a similar one exists: {similar}" if similar else "trades.csv names them"
        raise unusable("unknown-trade", f"{page['household_id']} has no trade {trade_id}", help_)
    return found  # type: ignore[no-any-return]


def _json(page: Json) -> list[str]:
    import json

    return [json.dumps(page, indent=1, ensure_ascii=False)]


def _say(lines: Iterable[str]) -> None:
    from flows.say import out

    console = out()
    for line in lines:
        printable = "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in line)
        console.print(printable, markup=False, soft_wrap=True)
