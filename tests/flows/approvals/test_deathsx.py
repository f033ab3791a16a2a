"""Killed at random moments while it submits, approves or releases, the same office asked again ends with the same files: no order
lost, none doubled."""

import multiprocessing
import os
import random
import signal
import time

from flows.approvals.ledger import read_entries
from flows.approvals.states import State, standings
from tests.flows.approvals.acting import carry_out

DEATHS = 50


def contents(place):
    """What a person sees in the releases: the hidden folder of a death in the moment of its making is no release."""
    releases = place / "releases"
    files = (path for path in sorted(releases.rglob("*")) if path.is_file())
    return {path.relative_to(releases): path.read_bytes() for path in files if not path.relative_to(releases).parts[0].startswith(".")}


def test_fifty_deaths_lose_no_order_and_double_none(night, tmp_path):
    (tmp_path / "calm").mkdir()
    began = time.monotonic()
    carry_out(str(night.firm), str(night.runs), night.run_id, str(tmp_path / "calm"))
    longest = time.monotonic() - began
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.flows.approvals.acting"])
    rng, deaths, nights = random.Random(118), 0, 0
    while deaths < DEATHS:
        nights += 1
        place = tmp_path / f"struck-{nights}"
        place.mkdir()
        ended = False
        while not ended:
            office = context.Process(target=carry_out, args=(str(night.firm), str(night.runs), night.run_id, str(place)))
            office.start()
            office.join(rng.uniform(0.0, 2.5 * longest) if deaths < DEATHS else None)
            if office.exitcode is None:
                os.kill(office.pid, signal.SIGKILL)
                office.join()
                deaths += 1
            else:
                assert office.exitcode == 0
                ended = True
        assert contents(place) == contents(tmp_path / "calm")
        found = standings(read_entries(place / "ledger.jsonl"))
        assert sum(each.state is State.RELEASED for each in found.values()) == len(list(found)[::2])
    assert deaths == DEATHS
