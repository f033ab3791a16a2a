from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "templates/shared/tokens.css").read_text(encoding="utf-8")
BLOCKS = [dict(re.findall(r"--(\w+): (#\w{6});", block)) for block in re.findall(r":root\s*{([^}]*--bg[^}]*)}", TOKENS)]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_light_and_dark_define_the_same_tokens() -> None:
    assert len(BLOCKS) == 2
    assert BLOCKS[0].keys() == BLOCKS[1].keys()


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "ink2", "ink3", "cost", "acc"])
def test_text_reads_on_the_page(mode: int, ink: str) -> None:
    assert contrast(BLOCKS[mode][ink], BLOCKS[mode]["bg"]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", [*(f"h{step}" for step in range(1, 9)), "cost3", "wash"])
def test_values_read_on_every_step_of_heat_and_on_the_warning(mode: int, ground: str) -> None:
    assert contrast(BLOCKS[mode]["ink"], BLOCKS[mode][ground]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["acc", "acc2", "was", "cost"])
def test_marks_stand_out_from_the_page(mode: int, mark: str) -> None:
    assert contrast(BLOCKS[mode][mark], BLOCKS[mode]["bg"]) >= 3.0


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_heat_grows_step_by_step(mode: int) -> None:
    steps = [contrast(BLOCKS[mode][f"h{step}"], BLOCKS[mode]["bg"]) for step in range(1, 9)]
    assert steps == sorted(steps)
