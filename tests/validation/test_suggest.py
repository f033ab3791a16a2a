"""The nearest name."""

from __future__ import annotations

import pytest

from validation.suggest import nearest


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("max_wieght", ["max_weight", "min_weight"], "max_weight"),
        ("H-1024", ["H-1042", "H-2077"], "H-1042"),
        ("vti", ["VTI", "VTV"], "VTI"),
        ("VTO", ["VTI", "VTV"], "VTI"),
        ("isuer", ["security", "issuer"], "issuer"),
        ("ab", ["ac"], None),
        ("K0", ["KO", "KE"], "KO"),
        ("turnover", ["cash", "band"], None),
        ("same", ["same"], None),
        ("", ["a"], None),
    ],
)
def test_the_name_that_fewest_slips_lead_to_is_the_nearest(written, known, meant):
    assert nearest(written, known) == meant


def test_the_answer_does_not_depend_on_the_order_of_the_names():
    assert nearest("abcd", ["abce", "abcf"]) == nearest("abcd", ["abcf", "abce"]) == "abce"
