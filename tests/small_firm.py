# ruff: noqa: E501  (the files stand here as they are delivered)
"""A small firm that a test writes into a folder and then spoils: one couple, a taxable account and an IRA, at `alpha`."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

AS_OF = date(2026, 11, 20)

REFERENCE = {
    "households.csv": """household_id,name,advisor,model,last_rebalanced,mode
H1,Ash,Ann,balanced,2025-11-20,
H2,Birch,Ann,balanced,,joint
""",
    "taxpayers.csv": """taxpayer_id,household_id,filing_status,state,ordinary_income,taxable_interest,nonqualified_dividends,qualified_dividends,deduction,deduction_amt_addback,st_carryforward,lt_carryforward,realized_st_ytd,realized_lt_ytd
T1,H1,married_joint,CA,300000,0,0,5000,,,0,1000,,
T2,H2,single,TX,90000,100,0,0,20000,0,0,0,0,0
""",
    "owners.csv": """owner,taxpayer_id,birth_date,spouse_of
Ann Ash,T1,1960-02-03,Al Ash
Al Ash,T1,1961-04-05,
Bea Birch,T2,1980-01-01,
""",
    "accounts.csv": """account_id,household_id,taxpayer_id,owner,custodian,custodian_ref,registration,tax_treatment,status,relief_method,reinvest_dividends
A1,H1,T1,Ann Ash,alpha,0001,joint,taxable,managed,HIFO,false
A2,H1,T1,Al Ash,alpha,0002,ira,tax_deferred,managed,,true
B1,H2,T2,Bea Birch,beta,77,individual,taxable,managed,FIFO,false
""",
    "securities.csv": """symbol,cusip,name,security_type,identity_group,equivalent_group,half_spread_bps,whole_shares,issuer
VTI,922908769,Total Market,etf,US_TOTAL,US,1,false,Vanguard
ITOT,464287150,Core US,etf,US_TOTAL2,US,1,false,iShares
BND,921937835,Total Bond,etf,US_BOND,BOND,1,false,Vanguard
""",
    "exposures.csv": """symbol,asset_class,weight
VTI,us_stock,1
ITOT,us_stock,1
BND,us_bond,1
""",
    "prices.csv": """symbol,date,price,source
VTI,2026-11-20,300.00,close
VTI,2026-11-19,299.00,close
ITOT,2026-11-20,130.00,close
BND,2026-11-20,70.00,close
""",
    "flows.csv": """account_id,household_id,kind,amount,due
A1,,withdrawal,5000,2026-12-15
,H2,contribution,1000,2026-11-20
""",
    "held_away.csv": """taxpayer_id,symbol,trade_date,side,quantity
T1,VTI,2026-11-10,buy,3
T1,BND,2026-09-10,buy,3
""",
}
EXTRACTS = {
    "alpha/lots.csv": """account,symbol,lot_id,acquired_date,quantity,cost_basis,covered
0001,VTI,L1,2020-01-15,100,20000.00,true
0001,VTI,L2,2026-11-05,10,3100.00,true
0001,BND,L3,2021-06-01,200,16000.00,true
0002,BND,L4,2019-06-01,50,,true
""",
    "alpha/positions.csv": """account,symbol,quantity,market_value
0001,VTI,110,33000.00
0001,BND,200,14000.00
0002,BND,50,3500.00
""",
    "alpha/cash.csv": """account,settled_cash,unsettled_cash
0001,1000.00,0
0002,500.00,25.50
""",
    "alpha/transactions.csv": """account,trade_date,settle_date,action,symbol,quantity,price,amount
0001,2026-11-05,2026-11-06,buy,VTI,10,310.00,-3100.00
0002,2026-11-12,2026-11-13,reinvest,BND,0.5,70.00,-35.00
0001,2026-08-05,2026-08-06,buy,VTI,1,310.00,-310.00
""",
    "alpha/realized.csv": """account,symbol,lot_id,acquired_date,sold_date,quantity,proceeds,cost_basis,wash_disallowed
0001,ITOT,R1,2025-11-03,2026-11-03,10,1200.00,1300.00,0
0001,VTI,R2,2020-01-15,2026-03-02,10,2900.00,2000.00,0
0001,BND,R3,2026-01-15,2026-04-02,10,690.00,700.00,4.00
0001,VTI,R4,2020-01-15,2025-12-30,10,2900.00,2000.00,0
""",
    "beta/lots.csv": """account,symbol,lot_id,acquired_date,quantity,cost_basis,covered
77,ITOT,1,2020-01-15,100,9000.00,true
""",
    "beta/positions.csv": """account,symbol,quantity,market_value
77,ITOT,100,13000.00
""",
    "beta/cash.csv": """account,settled_cash,unsettled_cash
77,250.00,0
""",
}


class SmallFirm:
    """The firm's folder. `set`, `change`, `add` and `remove` spoil one file of it; paths as in REFERENCE and EXTRACTS."""

    def __init__(self, root: Path, day: date = AS_OF) -> None:
        self.root, self.day = root, day
        self.warehouse = root.parent / "warehouse.duckdb"
        for name, text in {**REFERENCE, **EXTRACTS}.items():
            self.set(name, text)

    def path(self, name: str) -> Path:
        return self.root / (f"extracts/{self.day}/{name}" if "/" in name else f"reference/{name}")

    def set(self, name: str, text: str | bytes) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def change(self, name: str, old: str, new: str) -> None:
        text = self.path(name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.set(name, text.replace(old, new))

    def add(self, name: str, *rows: str) -> None:
        self.set(name, self.path(name).read_text(encoding="utf-8") + "".join(f"{row}\n" for row in rows))

    def remove(self, name: str) -> None:
        self.path(name).unlink()

    def cell(self, name: str, line: int, column: str, value: str) -> None:
        """Set one cell; line 2 is the first row under the header."""
        rows = list(csv.reader(io.StringIO(self.path(name).read_text(encoding="utf-8"))))
        rows[line - 1][rows[0].index(column)] = value
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        self.set(name, out.getvalue())
