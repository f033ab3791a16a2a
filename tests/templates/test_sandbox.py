from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from templates.render import TemplateBroken, check_templates, render_client_report
from tests.templates import made_up

PAGE = "client_report/page.html.j2"


def firm(folder: Path, text: str, name: str = PAGE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_firm_overrides_one_block_and_keeps_the_rest(tmp_path: Path) -> None:
    folder = firm(tmp_path, '{% extends "house/client_report/page.html.j2" %}\n{% block logo %}<b>Our mark</b>{% endblock %}\n')
    page = render_client_report(made_up.proposal(), replace(made_up.RUN, templates=folder))
    assert "<b>Our mark</b>" in page and "Your 60/40 portfolio has become 68/32" in page


def test_a_firm_changes_its_colours_for_every_page(tmp_path: Path) -> None:
    tokens = (Path(__file__).parents[2] / "templates/shared/tokens.css").read_text(encoding="utf-8")
    folder = firm(tmp_path, tokens.replace("#17508f", "#1d5c3a"), "shared/tokens.css")
    assert "--acc: #1d5c3a" in render_client_report(made_up.proposal(), replace(made_up.RUN, templates=folder))


def test_a_firm_names_its_classes(tmp_path: Path) -> None:
    page = render_client_report(made_up.proposal(), replace(made_up.RUN, class_names={"reit": "Property"}))
    assert "Property" in page and "Real estate</th>" not in page


def test_a_template_that_does_not_compile_is_a_finding_with_its_line(tmp_path: Path) -> None:
    folder = firm(tmp_path, '{% extends "house/client_report/page.html.j2" %}\n\n{% block logo %}<b>{{ page.firm }</b>{% endblock %}\n')
    found = check_templates(folder)
    assert [(each.code, each.place.path, each.place.line) for each in found] == [("broken-template", f"templates/{PAGE}", 3)]
    with pytest.raises(TemplateBroken):
        render_client_report(made_up.proposal(), replace(made_up.RUN, templates=folder))


def test_a_name_that_no_page_has_is_a_finding_with_its_line_and_no_half_page(tmp_path: Path) -> None:
    folder = firm(tmp_path, '{% extends "house/client_report/page.html.j2" %}\n{% block logo %}\n{{ page.mascot }}{% endblock %}\n')
    with pytest.raises(TemplateBroken) as broken:
        render_client_report(made_up.proposal(), replace(made_up.RUN, templates=folder))
    finding = broken.value.findings[0]
    assert (finding.place.line, finding.snippet) == (3, "{{ page.mascot }}{% endblock %}")
    assert "mascot" in finding.message


@pytest.mark.parametrize(
    "escape",
    [
        "{{ page.__class__.__mro__ }}",
        "{{ ''.__class__.__subclasses__() }}",
        "{{ page.numbers.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{% include '../wording.py' %}",
    ],
)
def test_a_template_cannot_leave_its_sandbox(tmp_path: Path, escape: str) -> None:
    folder = firm(tmp_path, '{% extends "house/client_report/page.html.j2" %}{% block logo %}' + escape + "{% endblock %}")
    with pytest.raises(TemplateBroken):
        render_client_report(made_up.proposal(), replace(made_up.RUN, templates=folder))


def test_a_template_that_was_mended_is_read_again(tmp_path: Path) -> None:
    folder = firm(tmp_path, "{{ broken")
    assert check_templates(folder)
    firm(tmp_path, '{% extends "house/client_report/page.html.j2" %}')
    assert not check_templates(folder)
