"""Between all kinks the alternative minimum tax is the positive part of one affine function."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from solver.tax import Box, Income, Kinks, amt_kinks, amt_possible, kinks
from tests.solver.test_tax_kinks import Point, Return, cell_of, random_return, sample, tax_after_carryforwards


def large_gains(random: Random) -> tuple[Return, Box]:
    """Gains that use up the exemption, on incomes from nothing to $600,000."""
    (law, income), _ = random_return(random)
    size = random.choice([3e5, 3e6])
    other = random.choice([0, 2e5, 6e5]) * random.random()
    held: Income[float] = replace(income, ordinary=other, qualified_dividends=random.choice([0, 3e4]) * random.random())
    part = random.random
    return (law, held), (-size * part() * 0.1, size * part() * 0.3, -size * part() * 0.2, size * part())


@pytest.mark.parametrize("seed", range(4))
def test_the_margin_of_the_minimum_tax_is_affine_between_all_kinks(seed: int) -> None:
    random, tested = Random(seed), 0
    for number in range(200):
        (law, income), box = (random_return if number % 2 else large_gains)(random)
        if not amt_possible(law, income, box):
            continue
        plain, more = kinks(law, income, box), amt_kinks(law, income, box)
        lines = Kinks(
            tuple(sorted({*plain.s, *more.s})),
            tuple(sorted({*plain.l, *more.l})),
            tuple(sorted({*plain.net, *more.net})),
            plain.skew + more.skew,
        )
        cells: dict[tuple[object, ...], list[Point]] = {}
        for point in sample(random, box, lines, 100):
            cells.setdefault(cell_of(lines, point), []).append(point)
        for members in cells.values():
            for p, q in pairwise(members):
                middle = ((p[0] + q[0]) / 2, (p[1] + q[1]) / 2)
                first, last, inside = (tax_after_carryforwards(law, income, point) for point in (p, q, middle))
                assert abs((first.amt_margin + last.amt_margin) / 2 - inside.amt_margin) < 1e-6
                assert inside.amt == max(0.0, inside.amt_margin)
                tested += 1
    assert tested > 3_000
