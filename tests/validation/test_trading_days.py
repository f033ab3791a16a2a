from __future__ import annotations

from datetime import date

import pytest

from validation.holding_period import long_term_from
from validation.trading_days import trading_days_between


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), 0),
        (date(2026, 11, 20), date(2026, 11, 22), 0),
        (date(2026, 11, 20), date(2026, 11, 23), 1),
        (date(2026, 11, 25), date(2026, 11, 27), 1),
        (date(2026, 11, 23), date(2026, 11, 20), 0),
        (date(2026, 11, 13), date(2026, 11, 20), 5),
    ],
    ids=["the same day", "a weekend ages nothing", "friday to monday", "thanksgiving is no session", "the future has no age", "a week"],
)
def test_sessions_after_one_day_up_to_another(earlier, later, days):
    assert trading_days_between(earlier, later) == days


def test_what_is_very_old_is_very_old():
    assert trading_days_between(date(1995, 1, 3), date(2026, 11, 20)) > 200


@pytest.mark.parametrize(
    ("acquired", "long_from"),
    [
        (date(2025, 11, 20), date(2026, 11, 21)),
        (date(2024, 2, 28), date(2025, 3, 1)),
        (date(2024, 2, 29), date(2025, 3, 1)),
        (date(2025, 2, 28), date(2026, 3, 1)),
    ],
)
def test_a_holding_is_long_term_a_year_after_the_day_that_follows_its_purchase(acquired, long_from):
    assert long_term_from(acquired) == long_from
