"""The contract of every mart: columns, types, and what each row promises. A model's first docstring line is its grain.

`check_contracts` is lazy: it says everything that is wrong at once, with the row's household and place. The frames are
eager on purpose; Pandera checks only the types of lazy ones and would let bad data pass in silence.
"""

from __future__ import annotations

from validation.tables.contracts import CONTRACTS, check_contracts

__all__ = ["CONTRACTS", "check_contracts"]
