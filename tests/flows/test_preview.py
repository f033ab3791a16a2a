"""A firm writes its templates and sees them at once, on a household of the example."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.preview import decide_one, make_pages, saves
from validation.findings import FirmUnusable

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "maple_wealth"
LOGO = '{{% extends "house/client_report/page.html.j2" %}}\n{{% block logo %}}{0}{{% endblock %}}\n'


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    place = tmp_path_factory.mktemp("preview")
    shutil.copytree(EXAMPLE, place / "firm", ignore=shutil.ignore_patterns("generate"))
    return decide_one(place / "firm", "H-1005", warehouse=place / "firm.duckdb")


@pytest.fixture
def page(decided):
    """The firm's own client page, gone again after the test."""
    path = decided.templates / "client_report" / "page.html.j2"
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path
    shutil.rmtree(decided.templates)


def test_the_pages_of_one_household_are_made(decided, tmp_path):
    assert make_pages(decided, tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["H-1005.html", "H-1005.memo.html", "index.html"]


def test_a_template_that_is_added_and_changed_shows_at_once(decided, page, tmp_path):
    make_pages(decided, tmp_path)
    for mark in ("First mark", "Second mark"):
        page.write_text(LOGO.format(mark))
        assert make_pages(decided, tmp_path) == []
        assert mark in (tmp_path / "H-1005.html").read_text()
    page.unlink()
    assert make_pages(decided, tmp_path) == []
    assert "Second mark" not in (tmp_path / "H-1005.html").read_text()


@pytest.mark.parametrize("slip", ["{{ page.firm }", "{{ page.no_such_thing }}"])
def test_a_broken_template_is_a_finding_with_its_line_and_the_old_page_stays(decided, page, tmp_path, slip):
    page.write_text(LOGO.format("Our mark"))
    make_pages(decided, tmp_path)
    page.write_text(LOGO.format(f"\n{slip}"))
    (finding,) = make_pages(decided, tmp_path)
    assert finding.code == "broken-template"
    assert (finding.place.path, finding.place.line) == ("templates/client_report/page.html.j2", 3)
    assert "Our mark" in (tmp_path / "H-1005.html").read_text()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_every_save_is_seen_and_nothing_else(decided, page):
    moments = iter(
        [
            lambda: None,
            lambda: page.write_text("one"),
            lambda: None,
            lambda: page.write_text("other"),
            lambda: page.with_name(".page.swp").write_text("an editor's own"),
            page.unlink,
        ]
    )
    seen = saves(decided.templates, lambda seconds: next(moments)())
    assert [next(seen) for _ in range(3)] == [["client_report/page.html.j2"]] * 3
    with pytest.raises(RuntimeError):
        next(seen)  # the moments are over


def test_a_household_that_is_not_there_is_said_with_the_nearest(decided):
    with pytest.raises(FirmUnusable) as ending:
        decide_one(decided.templates.parent, "H-105", warehouse=decided.templates.parents[1] / "firm.duckdb")
    (finding,) = ending.value.findings
    assert finding.code == "unknown-household"
    assert "H-1005" in finding.help


def test_the_command_ends_after_one_look_and_tells_by_its_exit_code(decided, page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROOFTREE_WAREHOUSE", str(decided.templates.parents[1] / "firm.duckdb"))
    page.write_text(LOGO.format("Our mark"))
    words = ["report", "preview", str(decided.templates.parent), "H-1005", "--once"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert (tmp_path / ".rooftree" / "preview" / "H-1005.html").is_file()
    page.write_text(LOGO.format("{% if %}"))
    done = CliRunner().invoke(app, [*words, "--out", "pages"])
    assert done.exit_code == 1
    assert "templates/client_report/page.html.j2:2" in done.stderr
