import multiprocessing
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.approvals.ledger import mend, open_ledger, read_entries
from validation.findings import FirmUnusable

AT = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)


def written(path, count=4):
    with open_ledger(path) as ledger:
        for number in range(count):
            ledger.append(AT, "approved", "Ruth Amsel", f"reason {number}", proposals=[["run", f"H-{number}"]])
    return path


def code_of(unusable):
    return unusable.value.findings[0].code


def test_entries_come_back_as_they_were_written(tmp_path):
    entries = read_entries(written(tmp_path / "ledger.jsonl"))
    assert [(each.number, each.who, each.why) for each in entries] == [(n + 1, "Ruth Amsel", f"reason {n}") for n in range(4)]
    assert entries[2].said["proposals"] == [["run", "H-2"]]
    assert [later.before for later in entries[1:]] == [earlier.sha256 for earlier in entries[:-1]]


@settings(deadline=None)  # every example waits for the disk
@given(data=st.data())
def test_any_byte_that_is_changed_is_seen(tmp_path_factory, data):
    path = written(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")
    text = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    path.write_bytes(bytes(text))
    with pytest.raises(FirmUnusable) as unusable:
        read_entries(path)
    assert code_of(unusable) in {"ledger-tampered", "ledger-torn"}


@pytest.mark.parametrize("lines", [(0, 1, 2), (0, 1), (1, 2, 3), (0, 2, 3), (0, 1, 1, 2, 3), (1, 0, 2, 3), ()])
def test_lines_that_are_missing_doubled_or_moved_are_seen(tmp_path, lines):
    path = written(tmp_path / "ledger.jsonl")
    kept = path.read_text().splitlines(keepends=True)
    path.write_text("".join(kept[number] for number in lines))
    with pytest.raises(FirmUnusable) as unusable:
        read_entries(path)
    assert code_of(unusable) == "ledger-tampered"


def test_a_half_written_line_stops_everything_until_a_person_sets_it_aside(tmp_path):
    path = written(tmp_path / "ledger.jsonl")
    with path.open("ab") as file:
        file.write(b'{"number":5,"at":"2026-')
    with pytest.raises(FirmUnusable) as unusable, open_ledger(path):
        pass
    assert code_of(unusable) == "ledger-torn"
    aside = mend(path)
    assert aside.read_bytes() == b'{"number":5,"at":"2026-'
    assert len(read_entries(path)) == 4
    assert mend(path) is None


def test_a_death_between_an_entry_and_its_head_loses_nothing(tmp_path):
    path = written(tmp_path / "ledger.jsonl", 2)
    head = (tmp_path / "ledger.jsonl.head").read_text()
    written_more = written(path, 1)
    (tmp_path / "ledger.jsonl.head").write_text(head)
    assert len(read_entries(written_more)) == 3


def hold(path, entered, leave):
    with open_ledger(path):
        entered.set()
        leave.wait(30)


def test_one_decides_at_a_time(tmp_path):
    context = multiprocessing.get_context("forkserver")
    entered, leave = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "ledger.jsonl", entered, leave))
    other.start()
    assert entered.wait(30)
    with pytest.raises(FirmUnusable) as unusable, open_ledger(tmp_path / "ledger.jsonl"):
        pass
    leave.set()
    other.join()
    assert code_of(unusable) == "ledger-locked"


@pytest.mark.parametrize("who", ["", "   ", "a\nb", "x" * 501])
def test_nobody_is_no_name(tmp_path, who):
    with open_ledger(tmp_path / "ledger.jsonl") as ledger, pytest.raises(FirmUnusable):
        ledger.append(AT, "approved", who)
    assert read_entries(tmp_path / "ledger.jsonl") == []
