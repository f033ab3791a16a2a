"""The pages as a person meets them: in a real browser, at widths from a small phone to a desk, in light and dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import axe_core_python
import pytest

from templates.render import BookRow, book_row, render_book, render_client_report, render_memo
from tests.templates import made_up
from tests.templates.browser import Browser
from tests.templates.test_book import many
from tests.templates.test_client_report import AWKWARD, every_case

WIDTHS = (320, 375, 641, 821, 1200)
MARKS = """[...document.querySelectorAll("#rows svg")]
    .map((svg) => [...svg.children].map((each) => each.getAttribute("cx") + each.getAttribute("x1")).join())"""
LONG = ("long", "long words", "right to left", "emoji", "markup")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every page of every case as a file."""
    folder, found = tmp_path_factory.mktemp("pages"), {}
    texts: dict[str, str] = {}
    for case, decision in every_case().items():
        texts[f"client, {case}"] = render_client_report(decision, made_up.RUN)  # type: ignore[arg-type]
        texts[f"memo, {case}"] = render_memo(decision, made_up.RUN)  # type: ignore[arg-type]
    for kind in LONG:
        of = made_up.household(name=AWKWARD[kind], advisor=AWKWARD[kind])
        of = made_up.renamed(of, AWKWARD[kind])
        texts[f"client, {kind}"] = render_client_report(made_up.proposal(of), made_up.RUN)
        texts[f"memo, {kind}"] = render_memo(made_up.proposal(of), made_up.RUN)
        texts[f"book, {kind}"] = render_book([book_row(made_up.proposal(of)), *many(6)], made_up.RUN)["index.html"]
    texts["book"] = render_book(many(40), made_up.RUN)["index.html"]
    for number, (name, text) in enumerate(texts.items()):
        found[name] = folder / f"{number}.html"
        found[name].write_text(text, encoding="utf-8")
    return found


def test_no_page_scrolls_sideways_logs_an_error_or_asks_for_anything(browser: Browser, pages: dict[str, Path]) -> None:
    trouble = []
    for name, path in pages.items():
        for width in WIDTHS:
            seen = browser.open(path, width, dark=width == 375)
            if seen.scroll_width > width:
                trouble.append(f"{name} at {width}: {seen.scroll_width} wide")
            if seen.log:
                trouble.append(f"{name} at {width}: {seen.log}")
            if seen.requests != [path.as_uri()]:
                trouble.append(f"{name} at {width} asks for {seen.requests}")
    assert not trouble


def test_nothing_is_cut_off_or_covered_at_the_phone(browser: Browser, pages: dict[str, Path]) -> None:
    outside = """[...document.querySelectorAll("main *")].filter((each) => {
        const box = each.getBoundingClientRect(), style = getComputedStyle(each);
        return box.width && style.position !== "absolute" && !each.closest("svg") && (box.right > innerWidth + 1 || box.left < -1);
    }).map((each) => each.outerHTML.slice(0, 80))"""
    for name, path in pages.items():
        browser.open(path, 375)
        assert browser.run(outside) == [], name


def test_every_field_of_the_book_has_a_label_and_every_button_a_name(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["book"])
    assert browser.run("""[...document.querySelectorAll("input, select")].every((each) => each.labels.length)""")
    assert browser.run("""[...document.querySelectorAll("button, a")].every((each) => each.textContent.trim())""")


def rows_shown(browser: Browser) -> list[str]:
    return list(
        browser.run("""[...document.querySelectorAll("#rows tr")].map((row) => row.querySelector("th .quiet")?.textContent ?? "")""")
    )


def test_the_script_draws_the_rows_that_the_template_drew(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["book"])
    before = browser.run("""document.querySelector("#rows").innerText""")
    marks = browser.run(MARKS)
    totals = browser.run("""document.querySelector("#totals").innerText""")
    browser.run("""document.querySelector('[data-tab="all"]').click()""")
    assert browser.run("""document.querySelector("#rows").innerText""") == before
    assert browser.run(MARKS) == marks
    assert browser.run("""document.querySelector("#totals").innerText""") == totals


def test_totals_follow_the_filter(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["book"])
    browser.run("""document.querySelector('[data-tab="exceptions"]').click()""")
    expected = [row for row in many(40) if row.is_exception]
    assert len(rows_shown(browser)) == len(expected)
    total = browser.run("""document.querySelector("#totals .value").textContent""")
    assert total == f"${sum(row.value or 0 for row in expected):,.0f}"
    browser.run("""const find = document.querySelector("#find"); find.value = "nobody"; find.oninput({ target: find }); 0""")
    assert rows_shown(browser) == []
    assert browser.run("""document.querySelector("#totals th").textContent""") == "no households"


def test_a_column_sorts_both_ways_and_says_so(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["book"])
    head = """document.querySelector('#book th[data-key="9"]')"""
    browser.run(f"{head}.querySelector('button').click()")
    first = browser.run("""document.querySelector("#rows .saved").textContent""")
    assert (first, browser.run(f"{head}.getAttribute('aria-sort')")) == ("$34,009", "descending")
    browser.run(f"{head}.querySelector('button').click()")
    assert browser.run("""document.querySelector("#rows .saved").textContent""") == "$1,526"


def test_ten_thousand_households_open_and_filter_quickly(browser: Browser, tmp_path: Path) -> None:
    book: list[BookRow] = many(10_000)
    pages = render_book(book, made_up.RUN)
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    browser.open(tmp_path / "index.html")
    took = browser.run("""(() => { const start = performance.now(); const find = document.querySelector("#find");
        find.value = "family 99"; find.oninput({ target: find }); return performance.now() - start; })()""")
    assert len(rows_shown(browser)) == 111
    assert took < 1_000  # milliseconds, on a machine that does other things as well


AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
"""The judge of accessible pages that others use, too (Deque's axe-core), beside the house's own checks."""
RUN_AXE = """axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
    .then((found) => JSON.stringify(found.violations.map((each) =>
        [each.id, each.nodes.length, each.nodes[0].html.slice(0, 160), each.nodes[0].failureSummary])))"""


ONE_OF_EACH = ("client, proposed", "memo, proposed", "client, conflict", "client, no_trade_needed", "client, right to left", "book")


def barriers(browser: Browser, path: Path, width: int, dark: bool) -> list[list[str]]:
    browser.open(path, width, dark=dark)
    browser.run(AXE + "; 0")
    found: list[list[str]] = json.loads(browser.run(RUN_AXE))
    return found


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (375, False), (1200, True), (375, True)])
def test_axe_finds_no_barrier_on_any_kind_of_page(browser: Browser, pages: dict[str, Path], width: int, dark: bool) -> None:
    """All pages at the desk in daylight; one of each kind elsewhere, where only styles differ."""
    chosen = pages if (width, dark) == (1200, False) else {name: path for name, path in pages.items() if name in ONE_OF_EACH}
    assert len(chosen) >= 4
    trouble = [f"{name}: {each}" for name, path in chosen.items() for each in barriers(browser, path, width, dark)]
    assert not trouble, "\n".join(trouble[:12]) + f"\n{len(trouble)} in all"


def test_axe_finds_a_barrier_that_was_put_there(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    page = pages["client, proposed"].read_text(encoding="utf-8")
    spoiled = tmp_path / "spoiled.html"
    spoiled.write_text(page.replace("<html lang=", "<html data-was=").replace("--ink2: #46505b", "--ink2: #c9ced3"), encoding="utf-8")
    assert {"html-has-lang", "color-contrast"} <= {each[0] for each in barriers(browser, spoiled, 1200, dark=False)}
