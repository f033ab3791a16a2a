"""The first five minutes of rules/README.md, as an operations person would spend them: every command, every line of output."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli_rules import app
from rules.catalogue import KINDS
from tests.rules.page_firm import files_of, put

ROOT = Path(__file__).parents[2]
README = ROOT / "rules" / "README.md"
BLOCK = re.compile(r"```(yaml|console)\n(.*?)```", re.DOTALL)


def test_the_transcript_of_the_readme_is_what_happens(tmp_path, monkeypatch, refresh):
    example = ROOT / "examples" / "maple_wealth"
    for copy in ("firm", "before"):
        for folder in ("policy", "assumptions", "reference", "extracts"):
            shutil.copytree(example / folder, tmp_path / copy / folder)
    monkeypatch.chdir(tmp_path / "firm")

    def played(block: re.Match[str]) -> str:
        language, text = block.groups()
        if language == "yaml":
            for name, file in files_of(text).items():
                put(tmp_path / "firm" / name, file)
            return block[0]
        command = text.splitlines()[0]
        result = CliRunner().invoke(app, command.removeprefix("$ rooftree rules ").split())
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        return f"```console\n{command}\n{result.output}```"

    text = README.read_text(encoding="utf-8")
    head, mark, tail = text.partition("Exit codes: 0 clean")
    happened = BLOCK.sub(played, head) + mark + tail
    if refresh:
        README.write_text(happened, encoding="utf-8")
    assert happened == README.read_text(encoding="utf-8"), "`pytest tests/rules --refresh` writes the transcript anew"


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_links_the_page_of_every_kind(kind):
    assert f"[`{kind}`](reference/{kind}.md)" in README.read_text(encoding="utf-8")
