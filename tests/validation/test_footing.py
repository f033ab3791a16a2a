"""A large book is footed some households at a time, and comes out as if it had been footed at once."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from flows.ingest import ingest
from validation import footing
from validation.footing import Footing, foot


@pytest.fixture
def marts(firm):
    """Households with a copied lot, an id that stands twice, an empty lot, lots that do not foot, and nothing of note."""
    accounts, positions, lots = [], [], []
    for number in range(8):
        ref = f"9{number}"
        whose = "H1,T1,Ann Ash" if number < 4 else "H2,T2,Bea Birch"
        accounts.append(f"X{number},{whose},beta,{ref},x,taxable,managed,,")
        positions.append(f"{ref},VTI,10,3000.00")
        lots.append(f"{ref},VTI,a,2020-01-15,5,1000.00,true")
        lots.append(f"{ref},VTI,{'a' if number % 4 == 1 else 'b'},2020-01-15,5,1001.00,true")
        if number % 4 == 0:
            lots.append(f"{ref},VTI,a,2020-01-15,5,1000.00,true")
        if number % 4 == 3:
            lots += [f"{ref},VTI,c,2020-01-15,0,0.00,true", f"{ref},VTI,d,2020-01-15,1,1.00,true"]
    firm.add("accounts.csv", *accounts)
    firm.add("beta/positions.csv", *positions)
    firm.add("beta/lots.csv", *lots)
    return ingest(firm.root, None, firm.warehouse).marts


@pytest.mark.parametrize("rows", [1, 2, 5, 9, 20])
def test_piece_by_piece_it_is_the_same_footing(marts, monkeypatch, rows):
    whole = foot(marts)
    assert whole.copies.height and whole.renamed.height and whole.empty.height
    assert "lots-do-not-foot" in whole.holdings["code"].to_list()
    monkeypatch.setattr(footing, "PIECE_ROWS", rows)
    pieces = foot(marts)
    for field in fields(Footing):
        assert getattr(pieces, field.name).equals(getattr(whole, field.name)), field.name


def test_a_household_is_never_cut_in_two(marts, monkeypatch):
    monkeypatch.setattr(footing, "PIECE_ROWS", 1)
    seen = [set(piece.tax_lots["household_id"]) | set(piece.positions["household_id"]) for piece in footing._pieces(marts)]
    assert sorted(household for households in seen for household in households) == ["H1", "H2"]


def test_rows_that_do_not_stand_by_household_are_footed_at_once(marts, monkeypatch):
    monkeypatch.setattr(footing, "PIECE_ROWS", 1)
    assert len(list(footing._pieces(replace(marts, tax_lots=marts.tax_lots.reverse())))) == 1
