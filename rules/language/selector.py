"""Whom a rule binds. An empty selector binds all.

Fields narrow each other (all must hold), names within a field widen (one must hold), `except` takes out what *all* of
its fields match. `except: {households: [H-1], securities: [ACME]}` therefore takes out Acme in that one household.
Asset classes select the securities that hold more than half of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from pydantic import Field, PrivateAttr

from rules.language.grammar import Language, Names, Treatments
from rules.language.words import few, nouns
from validation.household import Account, Household, Security

HALF = Decimal("0.5")
HOUSEHOLD_FIELDS = ("households", "advisors", "models")
ACCOUNT_FIELDS = ("taxpayers", "accounts", "registrations", "tax_treatments", "custodians")
SECURITY_FIELDS = ("securities", "identity_groups", "asset_classes")


@dataclass(frozen=True, slots=True)
class TagBook:
    """Who carries which tag: tags by household id, account id and symbol."""

    households: Mapping[str, frozenset[str]] = field(default_factory=dict)
    accounts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    securities: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Reach(Language):
    """A set of households, accounts and securities, by their names."""

    households: Names = ()
    """Household ids."""
    advisors: Names = ()
    """Advisors, as households.csv names them."""
    models: Names = ()
    """Models, as households.csv names them."""
    taxpayers: Names = ()
    """Taxpayer ids."""
    accounts: Names = ()
    """Account ids."""
    registrations: Names = ()
    """Registrations, as accounts.csv names them."""
    tax_treatments: Treatments = ()
    """taxable, tax_deferred, tax_exempt."""
    custodians: Names = ()
    """Custodians, as accounts.csv names them."""
    securities: Names = ()
    """Symbols."""
    identity_groups: Names = ()
    """Groups of substantially identical securities."""
    asset_classes: Names = ()
    """Asset classes; a security belongs to the one that makes up more than half of it."""
    tags: Names = ()
    """Tags of the household, or else of accounts or securities."""

    _tag_book: TagBook = PrivateAttr(default_factory=TagBook)

    @property
    def is_empty(self) -> bool:
        return not self.named

    @property
    def named(self) -> tuple[str, ...]:
        """The fields that say something."""
        return tuple(name for name in Reach.model_fields if getattr(self, name))

    @property
    def mentions_accounts(self) -> bool:
        return any(getattr(self, name) for name in ACCOUNT_FIELDS)

    @property
    def mentions_securities(self) -> bool:
        return any(getattr(self, name) for name in SECURITY_FIELDS)

    def _holds_for_household(self, household: Household) -> bool:
        return (
            (not self.households or household.household_id in self.households)
            and (not self.advisors or household.advisor in self.advisors)
            and (not self.models or household.model in self.models)
        )

    def _holds_for_account(self, household: Household, account: Account) -> bool:
        return (
            (not self.taxpayers or account.taxpayer_id in self.taxpayers)
            and (not self.accounts or account.account_id in self.accounts)
            and (not self.registrations or account.registration in self.registrations)
            and (not self.tax_treatments or account.tax_treatment.value in self.tax_treatments)
            and (not self.custodians or account.custodian in self.custodians)
            and self._tagged(household, account=account)
        )

    def _holds_for_security(self, household: Household, security: Security) -> bool:
        return (
            (not self.securities or security.symbol in self.securities)
            and (not self.identity_groups or security.identity_group in self.identity_groups)
            and (not self.asset_classes or any(security.exposures.get(name, 0) > HALF for name in self.asset_classes))
            and self._tagged(household, security=security)
        )

    def with_tags(self, tags: TagBook) -> Self:
        """The same selector, knowing who carries which tag; without it, tags select nothing."""
        known = self.model_copy()
        known._tag_book = tags
        return known

    def _carrying(self, names: Mapping[str, frozenset[str]], name: str) -> bool:
        return bool(names.get(name, frozenset()).intersection(self.tags))

    def _tag_level(self, household: Household) -> str:
        """Where the tags stand: on the household, or else on accounts, or else on securities, or nowhere."""
        if not self.tags:
            return "household"
        book = self._tag_book
        if self._carrying(book.households, household.household_id):
            return "household"
        if any(self._carrying(book.accounts, account.account_id) for account in household.accounts):
            return "account"
        return "security" if any(self._carrying(book.securities, symbol) for symbol in household.securities) else "nowhere"

    def _tagged(self, household: Household, account: Account | None = None, security: Security | None = None) -> bool:
        if not self.tags:
            return True
        level = self._tag_level(household)
        if level == "account" and account is not None:
            return self._carrying(self._tag_book.accounts, account.account_id)
        if level == "security" and security is not None:
            return self._carrying(self._tag_book.securities, security.symbol)
        return level != "nowhere"

    def phrases(self, without: Collection[str] = ()) -> Iterator[str]:
        """The fields in words, one phrase each, some left out."""
        words = {
            "households": "household {}", "advisors": "advisor {}", "models": "model {}", "taxpayers": "taxpayer {}",
            "accounts": "account {}", "registrations": "{} registrations", "tax_treatments": "{} accounts",
            "custodians": "accounts at {}", "securities": "{}", "identity_groups": "identity group {}",
            "asset_classes": "{}", "tags": "what is tagged {}",
        }  # fmt: skip
        for name in (name for name in self.named if name not in without):
            chosen = getattr(self, name)
            spoken = nouns(chosen) if name in {"tax_treatments", "asset_classes", "registrations"} else few(chosen)
            yield words[name].format(spoken)


class Selector(Reach):
    """`applies_to`: whom a rule binds, and whom it leaves out."""

    except_: Reach | None = Field(default=None, alias="except")
    """What is left out: everything that all fields given here match."""

    def with_tags(self, tags: TagBook) -> Self:
        """The same selector and exception, knowing who carries which tag."""
        known = super().with_tags(tags)
        return known if known.except_ is None else known.model_copy(update={"except_": known.except_.with_tags(tags)})

    def matches_household(self, household: Household) -> bool:
        """Whether the rule has anything to say about this household: the household itself matches, some account does."""
        if not self._holds_for_household(household) or self._tag_level(household) == "nowhere":
            return False
        without_accounts = not household.accounts and not self.mentions_accounts and not self._excepts_whole(household)
        return bool(self.account_ids(household)) or without_accounts

    def account_ids(self, household: Household) -> tuple[str, ...]:
        """Accounts that the rule applies to, of every status; an empty selector gives all of the household's."""
        if not self._holds_for_household(household):
            return ()
        return tuple(
            account.account_id
            for account in household.accounts
            if self._holds_for_account(household, account) and not self._excepts_account(household, account)
        )

    def symbols(self, household: Household) -> tuple[str, ...]:
        """Securities that the rule applies to, among those the household's book knows; empty selects all."""
        if not self._holds_for_household(household):
            return ()
        return tuple(
            symbol
            for symbol, security in household.securities.items()
            if self._holds_for_security(household, security) and not self._excepts_security(household, security)
        )

    def taxpayer_ids(self, household: Household) -> tuple[str, ...]:
        """Taxpayers that the rule applies to: all, unless accounts are selected or left out; then their owners."""
        if not self._holds_for_household(household):
            return ()
        chosen = set(self.account_ids(household))
        with_accounts = {account.taxpayer_id for account in household.accounts}
        selected = {account.taxpayer_id for account in household.accounts if account.account_id in chosen}
        without = set() if self.mentions_accounts and not self.taxpayers else {t.taxpayer_id for t in household.taxpayers} - with_accounts
        if self.taxpayers:
            without &= set(self.taxpayers)
        return tuple(t.taxpayer_id for t in household.taxpayers if t.taxpayer_id in selected | without)

    def binds(self, household: Household, account_id: str, symbol: str) -> bool:
        """Whether the rule applies to this security in this account: exact where `except` names both."""
        account, security = household.account[account_id], household.securities[symbol]
        if not (
            self._holds_for_household(household)
            and self._holds_for_account(household, account)
            and self._holds_for_security(household, security)
        ):
            return False
        out = self.except_
        return (
            out is None or out.is_empty or not (
                out._holds_for_household(household)
                and out._holds_for_account(household, account)
                and out._holds_for_security(household, security)
            )
        )  # fmt: skip

    def _excepts_whole(self, household: Household) -> bool:
        out = self.except_
        return (
            out is not None and not out.is_empty and not out.mentions_accounts and not out.mentions_securities
            and out._holds_for_household(household) and out._tag_level(household) == "household"
        )  # fmt: skip

    def _excepts_account(self, household: Household, account: Account) -> bool:
        out = self.except_
        if out is None or out.is_empty or out.mentions_securities or out._tag_level(household) == "security":
            return False
        return out._holds_for_household(household) and out._holds_for_account(household, account)

    def _excepts_security(self, household: Household, security: Security) -> bool:
        out = self.except_
        if out is None or out.is_empty or out.mentions_accounts or out._tag_level(household) == "account":
            return False
        return out._holds_for_household(household) and out._holds_for_security(household, security)

    def __str__(self) -> str:
        return self.said()

    def said(self, without: Collection[str] = ()) -> str:
        """In words: `household H-1042, taxable accounts, except account A1`; empty for all. Some fields may be left out."""
        said = ", ".join(self.phrases(without))
        left_out = ", ".join(self.except_.phrases()) if self.except_ else ""
        if left_out:
            return f"{said or 'all'}, except {left_out}"
        return said
