"""`rules show` and `rules diff`: sentences, with who overrode whom."""

from __future__ import annotations

from rules.facts import read_facts
from rules.load import load_policy, policy_of
from rules.read import read_firm
from rules.tell import diff, show
from tests.rules.page_firm import AS_OF, write_firm
from tests.rules.test_reference import ROOT, same_as_golden

FIRM = """rules:
  - kind: cash
    id: cash_floor
    title: Keep some cash
    because: Bills come before markets.
    source: {title: Policy manual, section: "4.2"}
    min_usd: 1_000
  - {kind: gain_budget, id: gains, title: Gains, net_usd: 20_000, effective: {from: 2026-01-01}}
"""
HOUSEHOLD = """rules:
  - {kind: cash, id: cash_floor, title: More cash, applies_to: {households: [H-1042]}, min_usd: 25_000}
"""


def test_show_says_what_binds_a_household_and_what_each_rule_replaces(tmp_path, refresh):
    policy, _ = load_policy(write_firm(tmp_path, {"policy/firm/a.yaml": FIRM, "policy/household/H-1042.yaml": HOUSEHOLD}), AS_OF)
    [home, _] = read_facts(tmp_path, AS_OF).books
    text = show(policy.for_household(home), home.name)
    assert "Replaces the firm's, policy/firm/a.yaml:2: Keep at least $1,000 in cash in the household." in text
    same_as_golden(ROOT / "tests" / "golden" / "show.txt", text, refresh)


def policies(tmp_path, old, new):
    return [policy_of(read_firm(write_firm(tmp_path / name, files))) for name, files in (("old", old), ("new", new))]


def test_diff_says_in_sentences_what_is_new_gone_tighter_looser_or_only_worded_anew(tmp_path, refresh):
    old = {"policy/a.yaml": FIRM + "  - {kind: turnover, id: turnover, title: Turnover, max_frac_per_run: 0.25}\n"}
    new = {
        "policy/a.yaml": FIRM.replace("20_000", "25_000").replace("Bills", "Invoices")
        + "  - {kind: cadence, id: cadence, title: Cadence}\n",
        "policy/household/H-1042.yaml": HOUSEHOLD,
    }
    text = diff(*policies(tmp_path, old, new))
    assert "`gains` (gain_budget: Gains) is looser: `net_usd` from $20,000 to $25,000." in text
    assert "is worded anew" in text
    same_as_golden(ROOT / "tests" / "golden" / "diff.txt", text, refresh)


def test_diff_of_equal_policies_is_one_line(tmp_path):
    files = {"policy/a.yaml": FIRM}
    assert diff(*policies(tmp_path, files, files)) == "Both policies say the same.\n"


def test_moving_a_rule_to_another_file_changes_nothing(tmp_path):
    assert diff(*policies(tmp_path, {"policy/a.yaml": FIRM}, {"policy/firm/b.yaml": "# moved\n" + FIRM})) == "Both policies say the same.\n"


def test_a_changed_assumption_is_told(tmp_path):
    from tests.rules.page_firm import POLICY

    changed = POLICY["assumptions/base_2026.yaml"].replace("total_return_frac: 0.045", "total_return_frac: 0.05")
    text = diff(*policies(tmp_path, {}, {"assumptions/base_2026.yaml": changed}))
    assert text == "~ the assumptions `base_2026` for core_bond: `total_return_frac` from 4.5 % to 5 %.\n"
