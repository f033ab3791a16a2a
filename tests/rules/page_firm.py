"""The firm behind the reference pages: what their examples may name. Every page's YAML is put into its policy."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

AS_OF = date(2026, 6, 30)

REFERENCE = {
    "households.csv": """household_id,name,advisor,model,last_rebalanced,mode,tags
H-1042,Brandt,Kim,balanced,2025-06-30,,legacy
H-2077,Osei,Lee,balanced,2025-06-30,,
""",
    "taxpayers.csv": """taxpayer_id,household_id,filing_status,state,realized_st_ytd,realized_lt_ytd
T-1,H-1042,married_joint,CA,0,12000
T-2,H-2077,single,TX,0,0
""",
    "accounts.csv": """account_id,household_id,taxpayer_id,owner,custodian,custodian_ref,registration,tax_treatment,status,tags
A-1,H-1042,T-1,Ellen,schwab,1,joint,taxable,managed,trust
A-2,H-1042,T-1,Ellen,schwab,2,ira,tax_deferred,managed,
A-3,H-1042,T-1,Thomas,schwab,3,roth,tax_exempt,managed,
00123,H-2077,T-2,Ama,fidelity,4,individual,taxable,managed,
""",
    "securities.csv": """symbol,cusip,name,security_type,identity_group,equivalent_group,half_spread_bps,whole_shares,issuer,tags
VTI,,Total Market,etf,US_TOTAL,US,1,false,Vanguard
ITOT,,Core US,etf,US_CORE,US,1,false,iShares
VXUS,,International,etf,INTL,INTL,1,false,Vanguard
BND,,Total Bond,etf,BOND,BOND,1,false,Vanguard
MUB,,Municipal,etf,MUNI,MUNI,1,false,iShares
GSG,,Commodities,etf,COMM,COMM,1,false,iShares
ACME,,Acme,stock,ACME,,2,true,Acme,gift
OLDFX,,Old Fund,mutual_fund,OLDFX,US,0,false,Old
""",
    "exposures.csv": """symbol,asset_class,weight
VTI,us_equity,1
ITOT,us_equity,1
ACME,us_equity,1
OLDFX,us_equity,1
VXUS,intl_equity,1
BND,core_bond,1
MUB,muni_bond,1
GSG,commodity,1
""",
}
POLICY = {
    "policy/base.yaml": """rules:
  - kind: target
    id: balanced
    title: Balanced
    weights_frac: {us_equity: 0.40, intl_equity: 0.20, core_bond: 0.28, muni_bond: 0.10, cash: 0.02}
    holdings: {us_equity: [VTI, ITOT], intl_equity: [VXUS], core_bond: [BND], muni_bond: {taxable: [MUB]}}
""",
    "assumptions/base_2026.yaml": """id: base_2026
title: House assumptions 2026
as_of: 2026-01-02
source: {title: Investment committee}
form: one_year
deferred_convention: full_balance
classes:
  us_equity: {total_return_frac: 0.065, dividend_yield_frac: 0.015, qualified_share_frac: 0.95, turnover_frac: 0.05}
  intl_equity: {total_return_frac: 0.07, dividend_yield_frac: 0.03, qualified_share_frac: 0.7, turnover_frac: 0.07}
  core_bond: {total_return_frac: 0.045, ordinary_yield_frac: 0.045}
  muni_bond: {total_return_frac: 0.032, ordinary_yield_frac: 0.032, exempt_share_frac: 1}
""",
}


def write_firm(folder: Path, files: dict[str, str] | None = None) -> Path:
    """The firm with these files put in or replaced; the folder."""
    for name, text in REFERENCE.items():
        put(folder / "reference" / name, text)
    for name, text in {**POLICY, **(files or {})}.items():
        put(folder / name, text)
    return folder


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def files_of(block: str) -> dict[str, str]:
    """A page's YAML by file: `# file: NAME` begins one; what stands before the first is policy/example.yaml."""
    files: dict[str, list[str]] = {}
    name = "policy/example.yaml"
    for line in block.splitlines():
        if marked := re.fullmatch(r"# file: (\S+)", line):
            name = marked[1]
            files[name] = []
        else:
            files.setdefault(name, []).append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def expected_of(files: dict[str, str]) -> set[tuple[str, str, int]]:
    """(code, file, line) of every `# finding: CODE` in the files."""
    return {
        (code, name, number)
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (marked := re.search(r"# finding: (.+)$", line))
        for code in marked[1].split(", ")
    }
