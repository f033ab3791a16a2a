import io

from rich.console import Console

from flows.say import _table

ROWS = [
    ["H-1001", "Ellen and Thomas Marsh of the Long Name", "no trade needed", "32.9 % → 11.2 %", "-$14,006", "$25,137", "100 → 100"],
    ["H-1002", "[bold]Odd[/bold]", "conflict", "", "", "", ""],
]


def printed(width):
    page = io.StringIO()
    Console(file=page, width=width, highlight=False).print(_table(ROWS, width))
    return page.getvalue()


def test_eighty_columns_shorten_names_and_never_a_figure():
    page = printed(80)
    assert all(len(line) <= 80 for line in page.splitlines())
    for cell in ("H-1001", "no trade needed", "32.9 % → 11.2 %", "-$14,006", "$25,137", "100 → 100"):
        assert cell in page
    assert "Ellen and Thomas Marsh of the Long Name" not in page


def test_a_wide_terminal_shows_names_whole_and_as_they_are_written():
    page = printed(150)
    assert "Ellen and Thomas Marsh of the Long Name" in page
    assert "[bold]Odd[/bold]" in page
