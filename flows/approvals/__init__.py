"""From a run's proposals to what is sent: who decided what, when and why, in a ledger that only grows.

proposals   what a run proposes, household by household, and what of it needs a person
ledger      the entries: one line each, chained by hashes
states      entries → where every proposal stands
desk        what a person or the policy does: submit, approve, reject, and what the calendar does: expire
release     approved proposals → order files, once

             submit              approve                release
run folder ─────────► proposed ─────────► approved ─────────► released
                         │  │                │  │
                  reject │  │ newer run,     │  │ prices too old
                         ▼  ▼ changed data   ▼  ▼
                   rejected  superseded     expired
"""
