"""The fourteen kinds of rule, in the order in which pages and printed policies name them."""

from __future__ import annotations

from collections.abc import Mapping

from rules.language.account_mix import AccountMix
from rules.language.band import Band
from rules.language.base import Rule
from rules.language.bracket_ceiling import BracketCeiling
from rules.language.cadence import Cadence
from rules.language.cash import Cash
from rules.language.concentration import Concentration
from rules.language.gain_budget import GainBudget
from rules.language.harvest import Harvest
from rules.language.location import Location
from rules.language.restraint import Restraint
from rules.language.target import Target
from rules.language.trade_size import TradeSize
from rules.language.turnover import Turnover
from rules.language.wash_sale import WashSale

KINDS: Mapping[str, type[Rule]] = {
    "target": Target,
    "band": Band,
    "account_mix": AccountMix,
    "restraint": Restraint,
    "gain_budget": GainBudget,
    "bracket_ceiling": BracketCeiling,
    "harvest": Harvest,
    "wash_sale": WashSale,
    "location": Location,
    "cash": Cash,
    "trade_size": TradeSize,
    "concentration": Concentration,
    "turnover": Turnover,
    "cadence": Cadence,
}
"""Kind name → model."""

ORDER: Mapping[str, int] = {kind: place for place, kind in enumerate(KINDS)}
"""Place of a kind in the catalogue."""
