"""What pages call an account, a person, a security: never by a full number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from templates import filters, wording
from templates.view.run import RunFacts
from validation.household import CASH, Account, Household

REGISTRATIONS: Mapping[str, str] = {
    "joint": "joint account",
    "individual": "individual account",
    "single": "individual account",
    "trust": "trust",
    "ira": "IRA",
    "traditional_ira": "traditional IRA",
    "ira_trad": "traditional IRA",
    "ira_traditional": "traditional IRA",
    "ira_roth": "Roth IRA",
    "ira_rollover": "rollover IRA",
    "ira_sep": "SEP IRA",
    "trust_grantor": "grantor trust",
    "roth_ira": "Roth IRA",
    "roth": "Roth IRA",
    "rollover_ira": "rollover IRA",
    "sep_ira": "SEP IRA",
    "inherited_ira": "inherited IRA",
    "simple_ira": "SIMPLE IRA",
    "401k": "401(k)",
    "403b": "403(b)",
    "hsa": "HSA",
    "utma": "UTMA account",
    "jtwros": "joint account",
    "community_property": "community property account",
    "529": "529 plan",
}
SLUG = re.compile(r"^[a-z]+([-_][a-z]+)*$")
LOOKS_LIKE_AN_ID = re.compile(r"^[A-Z]{0,4}[-_ ]?\d+\w*$")


@dataclass(frozen=True)
class Names:
    """The words for one household's accounts, people, classes and securities."""

    household: Household
    run: RunFacts

    @cached_property
    def secrets(self) -> Mapping[str, str]:
        """Mask by account number as it stands in the data, longest first; an account has one mask by either of its numbers."""
        found = {
            text: self.mask(each) for each in self.household.accounts for text in (each.account_id, each.custodian_ref) if len(text) > 4
        }
        return dict(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair[0])))

    def clean(self, text: str) -> str:
        """A text from elsewhere with account numbers masked."""
        return filters.scrubbed(text, self.secrets)

    def told(self, text: str) -> str:
        """A sentence of another floor: account numbers masked, its own numbers as this page writes them."""
        return self.clean(filters.restyled(text))

    def asset_class(self, name: str) -> str:
        """The firm's word for a class, else the house's."""
        return self.run.class_names.get(name) or wording.class_name(name)

    def security(self, symbol: str) -> str:
        """A security's name; its symbol where none is known."""
        if symbol == CASH:
            return "Cash"
        known = self.household.securities.get(symbol)
        return (known.name if known else "") or symbol

    def mask(self, account: Account) -> str:
        """`··4417`, of the custodian's reference, else of the account id."""
        return filters.masked(account.custodian_ref or account.account_id)

    def owner(self, owner: str) -> str:
        """A person's name; `ellen-marsh` as `Ellen Marsh`; empty where the data has an identifier instead."""
        owner = owner.strip()
        if LOOKS_LIKE_AN_ID.match(owner):
            return ""
        if SLUG.match(owner):
            owner = " ".join(word.capitalize() for word in re.split(r"[-_]", owner))
        return self.clean(owner)

    def person(self, account: Account) -> str:
        """Whose account it is."""
        return self.owner(account.owner)

    def registration(self, account: Account) -> str:
        """The kind of account in words."""
        word = account.registration.strip()
        known = REGISTRATIONS.get(word.lower().replace(" ", "_").replace("-", "_"))
        return known or self.clean(word.replace("_", " ")) or f"{wording.TREATMENTS[account.tax_treatment]} account"

    def account(self, account: Account) -> str:
        """`Ellen, Roth IRA ··7719`."""
        person, kind = self.person(account), self.registration(account)
        title = f"{person}, {kind}" if person and person.lower() not in kind.lower() else kind
        return f"{title[:1].upper()}{title[1:]} {self.mask(account)}"

    def where(self, account: Account) -> str:
        """`Schwab · taxable`, with the status where it is not an ordinary one."""
        parts = [wording.custodian_name(account.custodian), wording.TREATMENTS[account.tax_treatment]]
        if not account.is_traded:
            parts.append("counted, not traded" if account.is_counted else "not counted")
        return " · ".join(part for part in parts if part)

    def accounts(self, account_ids: Iterable[str]) -> str:
        """A few accounts by name, the rest by number."""
        known = [self.account(self.household.account[each]) for each in account_ids if each in self.household.account]
        return filters.listed(known) if len(known) <= 4 else f"{', '.join(known[:3])} and {len(known) - 3} more"

    def taxpayer(self, taxpayer_id: str) -> str:
        """The people of a tax return, else `Tax return 2`."""
        people = [self.owner(each.owner) for each in self.household.owners if each.taxpayer_id == taxpayer_id]
        people = [person for person in people if person]
        place = list(self.household.taxpayer).index(taxpayer_id) + 1
        return filters.listed(people) or f"Tax return {place}"

    def household_name(self) -> str:
        """The household as addressed."""
        return self.clean(self.household.name.strip()) or self.household.household_id
