"""Findings about files that no page can show, and what loading does with a folder of them: all of it, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.checking import check_paths
from rules.load import load_policy
from rules.schema import stale_schemas, write_schemas
from tests.rules.page_firm import AS_OF, write_firm
from tests.rules.test_reference import GOLDEN, UNSHOWABLE, same_as_golden
from validation.findings import Severity
from validation.render import as_text


def too_large(firm):
    (firm / "policy" / "large.yaml").write_bytes(b"#" * 10_000_000)


def not_utf8(firm):
    (firm / "policy" / "odd.yaml").write_bytes("rules: []\n# caf\xe9\n".encode("latin-1"))


def unreadable(firm):
    (firm / "policy" / "link.yaml").symlink_to(firm / "gone.yaml")


def ignored(firm):
    (firm / "policy" / "bands.yaml.bak").write_text("rules: []\n")


def no_policy(firm):
    for file in (firm / "policy").iterdir():
        file.unlink()
    (firm / "policy").rmdir()
    (firm / "policy").write_text("a file where a folder should be\n")


MAKERS = {"file-too-large": too_large, "not-utf8": not_utf8, "unreadable-file": unreadable, "ignored-file": ignored}


@pytest.mark.parametrize("code", MAKERS)
def test_an_unusual_file_is_a_finding_and_no_traceback(code, tmp_path, monkeypatch, refresh):
    MAKERS[code](write_firm(tmp_path))
    monkeypatch.chdir(tmp_path)
    checked = check_paths([Path()], AS_OF)
    found = [finding for finding in checked.findings if finding.severity is not Severity.NOTE]
    assert [finding.code for finding in found] == [code]
    assert checked.exit_code == 1
    same_as_golden(GOLDEN / f"{code}.txt", as_text(found), refresh)


def test_a_path_that_is_not_there_is_unusable(tmp_path, monkeypatch, refresh):
    monkeypatch.chdir(tmp_path)
    checked = check_paths([Path("polcy")], AS_OF)
    assert ([finding.code for finding in checked.findings], checked.exit_code) == (["no-such-path"], 2)
    same_as_golden(GOLDEN / "no-such-path.txt", as_text(checked.findings), refresh)


def test_a_folder_without_rules_is_unusable(tmp_path, monkeypatch, refresh):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    checked = check_paths([Path("reports")], AS_OF)
    assert ([finding.code for finding in checked.findings], checked.exit_code) == (["nothing-to-check"], 2)
    same_as_golden(GOLDEN / "nothing-to-check.txt", as_text(checked.findings), refresh)


def test_a_firm_without_a_policy_cannot_be_run(tmp_path, refresh):
    no_policy(write_firm(tmp_path))
    policy, findings = load_policy(tmp_path)
    assert (policy, [finding.code for finding in findings]) == (None, ["no-policy"])
    same_as_golden(GOLDEN / "no-policy.txt", as_text(findings), refresh)


def test_a_schema_that_is_not_what_the_models_say_is_told(tmp_path, refresh):
    write_schemas(tmp_path)
    assert stale_schemas(tmp_path) == []
    (tmp_path / "policy.schema.json").write_text("{}\n")
    findings = stale_schemas(tmp_path)
    assert [finding.code for finding in findings] == ["stale-schema"]
    same_as_golden(GOLDEN / "stale-schema.txt", as_text(findings), refresh)


def test_every_code_that_pages_cannot_show_is_made_here():
    assert set(MAKERS) | {"no-such-path", "nothing-to-check", "no-policy", "stale-schema"} == UNSHOWABLE


def test_one_broken_file_leaves_nothing_of_the_policy(tmp_path):
    write_firm(tmp_path, {"policy/broken.yaml": "rules: [\n"})
    policy, findings = load_policy(tmp_path)
    assert policy is None
    assert [finding.code for finding in findings if finding.severity is Severity.ERROR] == ["bad-yaml"]


def test_findings_of_all_files_are_told_at_once(tmp_path):
    write_firm(tmp_path, {"policy/a.yaml": "a: [\n", "policy/b.yaml": "rules: 5\n", "policy/c.yaml": "rules: [{kind: band}]\n"})
    codes = [finding.code for finding in load_policy(tmp_path)[1] if finding.severity is Severity.ERROR]
    assert codes == ["bad-yaml", "wrong-type", "missing-key", "missing-key"]


def test_a_warning_leaves_the_policy_standing(tmp_path):
    write_firm(tmp_path, {"policy/a.yaml": "rules:\n"})
    policy, findings = load_policy(tmp_path)
    assert policy is not None
    assert [finding.code for finding in findings] == ["empty-file"]


def test_a_household_without_target_leaves_the_policy_standing(tmp_path):
    firm = write_firm(tmp_path)
    file = firm / "reference" / "households.csv"
    file.write_text(file.read_text().replace("Lee,balanced", "Lee,balancd"))
    policy, findings = load_policy(firm)
    assert policy is not None
    assert [(finding.code, finding.household_id) for finding in findings] == [("household-without-target", "H-2077")]


def test_a_single_file_inside_a_firm_is_checked_with_the_rest_and_told_alone(tmp_path, monkeypatch):
    write_firm(tmp_path, {
        "policy/a.yaml": "rules:\n  - {kind: turnover, id: t, title: T, floor: true, max_frac_per_run: 0.1}\n",
        "policy/household/b.yaml":
            "rules:\n  - {kind: turnover, id: t, title: U, applies_to: {households: [H-1042]}, max_frac_per_run: 1}\n",
        "policy/c.yaml": "rules: 5\n",
    })  # fmt: skip
    monkeypatch.chdir(tmp_path / "policy" / "household")
    checked = check_paths([Path("b.yaml")], AS_OF)
    assert [(finding.code, finding.place.path) for finding in checked.findings] == [("floor-loosened", "b.yaml")]
    assert checked.files == 1


def test_a_file_outside_of_any_firm_is_checked_without_names(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n  - {kind: location, id: l, title: L, assumptions: mine, never: [{asset_class: any, in: [taxable]}]}\n")
    assert check_paths([file]).findings == ()


def test_the_examples_of_the_language_are_read_from_layers_of_a_loose_folder(tmp_path):
    for layer in ("firm", "household"):
        (tmp_path / layer).mkdir()
        scope = ", applies_to: {households: [H]}" if layer == "household" else ""
        (tmp_path / layer / "a.yaml").write_text(f"rules:\n  - {{kind: turnover, id: t, title: T, max_frac_per_run: 0.1{scope}}}\n")
    assert check_paths([tmp_path]).findings == ()


def test_broken_reference_files_are_not_the_policys_to_tell(tmp_path):
    firm = write_firm(tmp_path)
    for file in (firm / "reference").iterdir():
        file.write_bytes(b'\xff\x00"broken\n,,,"\n')
    policy, findings = load_policy(firm)
    assert policy is not None, findings
