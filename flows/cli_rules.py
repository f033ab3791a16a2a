"""`rooftree rules ...`: policy that operations people write, check, read and compare. Nothing here starts a run; what needs
the solver (`test`, `impact`) stands in cli_rollout."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeAlias

import typer

from flows import cli_rollout

app = typer.Typer(
    name="rules", no_args_is_help=True, help="Check, read, try and roll out the firm's policy.", pretty_exceptions_enable=False
)
UNUSABLE = 2

Form: TypeAlias = Literal["text", "json", "github"]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", show_default="the latest extract day", help="The day to judge dates by."),
]


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Files of rules, folders of them, or a firm's folder.", show_default=False)],
    form: Annotated[Form, typer.Option("--format", help="For people, machines, or GitHub.")] = "text",
    as_of: AsOf = None,
) -> None:
    """Check rules: what is misspelt, unknown, contradictory, expired or without effect, all at once.

      rooftree rules check examples/maple_wealth

    Exit code 0: clean; 1: errors or warnings; 2: nothing there to check.
    """
    from rules.checking import check_paths
    from validation.render import render

    checked = check_paths(paths, as_of.date() if as_of else None)
    typer.echo(render(checked.findings, form, checked.looked_at), nl=False)
    raise typer.Exit(checked.exit_code)


@app.command()
def explain(
    word: Annotated[str, typer.Argument(metavar="CODE|KIND", help="A finding's code, or a kind of rule.", show_default=False)],
) -> None:
    """Print the page of a finding's code or of a kind of rule.

    rooftree rules explain unknown-key
    """
    from rules.explain import explain as page
    from rules.explain import no_page

    text = page(word)
    typer.echo(no_page(word) if text is None else text, nl=False, err=text is None)
    raise typer.Exit(UNUSABLE if text is None else 0)


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the files are stale.")] = False,
    into: Annotated[
        Path | None, typer.Option(help="Write them here, for example beside a policy.", show_default="rules/", metavar="DIR")
    ] = None,
) -> None:
    """Write the JSON Schemas that editors complete from, generated from the models."""
    from rules.schema import HERE, schema_files, stale_schemas, write_schemas
    from validation.render import exit_code, render

    folder = into or HERE
    if not folder.is_dir():
        typer.echo(f"error[no-such-path]: `{folder}` is not a folder", err=True)
        raise typer.Exit(UNUSABLE)
    if check:
        findings = stale_schemas(folder)
        typer.echo(render(findings, "text", f"{len(schema_files())} schemas"), nl=False)
        raise typer.Exit(exit_code(findings))
    for file in write_schemas(folder):
        typer.echo(f"wrote {file}")


@app.command()
def show(
    household: Annotated[str, typer.Argument(help="A household's id.", show_default=False)],
    firm: Annotated[Path, typer.Option(help="The firm's folder.", metavar="DIR")] = Path(),
    kind: Annotated[str, typer.Option(help="Only rules of this kind.", show_default="all", metavar="KIND")] = "",
    as_of: AsOf = None,
) -> None:
    """Say which rules bind a household, in sentences, and who overrode whom.

    rooftree rules show H-1042 --firm examples/maple_wealth
    """
    from rules.catalogue import KINDS
    from rules.checking import firm_of
    from rules.facts import latest_extract_day, read_facts
    from rules.load import load_policy
    from rules.tell import show as told
    from validation.suggest import nearest

    root = firm_of(firm)
    if root is None:
        _refuse("no-policy", f"`{firm}` is no firm's folder: it has no `policy/`", "`--firm` names the folder that holds policy/")
    if kind and kind not in KINDS:
        _refuse("unknown-kind", f"no kind of rule is called `{kind}`", "the kinds are " + ", ".join(f"`{each}`" for each in KINDS))
    day = as_of.date() if as_of else latest_extract_day(root) or _today()
    books = {book.household_id: book for book in read_facts(root, day).books}
    if household not in books:
        similar = nearest(household, books)
        fix = f"a similar one exists: `{similar}`" if similar else f"households.csv names {len(books)} households"
        _refuse("unknown-household", f"no household is called `{household}`", fix)
    policy, findings = load_policy(root, day)
    if policy is None:
        from validation.render import as_text

        typer.echo(as_text(findings), nl=False, err=True)
        raise typer.Exit(UNUSABLE)
    typer.echo(told(policy.for_household(books[household]), books[household].name, kind), nl=False)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A firm's folder, or its policy/.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="Another.", show_default=False)],
) -> None:
    """Say in sentences what changed from one policy to another: 0 nothing, 1 something."""
    from rules.checking import firm_of
    from rules.load import policy_of
    from rules.read import read_firm
    from rules.tell import diff as told
    from validation.findings import Severity
    from validation.render import as_text

    policies = []
    for path in (old, new):
        root = firm_of(path)
        if root is None:
            _refuse("no-policy", f"`{path}` is no firm's folder: it has no `policy/`", "name two folders that hold policy/")
        reading = read_firm(root)
        if any(finding.severity is Severity.ERROR for finding in reading.findings):
            typer.echo(as_text(reading.findings), nl=False, err=True)
            raise typer.Exit(UNUSABLE)
        policies.append(policy_of(reading))
    text = told(*policies)
    typer.echo(text, nl=False)
    raise typer.Exit(int(not text.startswith("Both policies")))


app.command()(cli_rollout.test)
app.command()(cli_rollout.impact)


def _refuse(code: str, message: str, fix: str) -> NoReturn:
    typer.echo(f"error[{code}]: {message}\n = help: {fix}", err=True)
    raise typer.Exit(UNUSABLE)


def _today() -> date:
    return datetime.now(UTC).date()
