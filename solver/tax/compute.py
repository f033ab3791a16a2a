r"""The tax of a return at given net short-term and long-term gains.

.. math::
    s = net_{ST} - cf_{ST}, \quad l = net_{LT} - cf_{LT}, \quad
    g = \max(s + l, -limit), \quad TI = (gross + g - deduction)^+, \quad
    P = \min(TI, QD + \min(l, s + l)^+), \quad y = TI - P

    regular = \min(ord(y) + pref(TI) - pref(y),\; ord(TI))

`ord` is the ordinary scale and `pref` the 0/15/20 scale, on which gains stand on top of ordinary income (26 U.S.C. § 1(h);
Schedule D tax worksheet). AMT by § 55 (Form 6251), NIIT by § 1411 (Form 8960), netting and carryforward by §§ 1211, 1212, 1222
(Schedule D and its carryover worksheet). State tax by `state.py`.
"""

from __future__ import annotations

from typing import Generic, NamedTuple

from solver.tax.income import Income
from solver.tax.schedule import N, TaxSchedule
from solver.tax.state import state_tax


class Tax(NamedTuple, Generic[N]):
    """What a return owes and carries forward, dollars, unrounded.

    total                   regular + amt + niit + state
    loss_deducted           capital loss taken against other income (Schedule D line 21), positive
    *_carryforward_out      positive; a deduction that taxable income could not use stays in it (§ 1212(b)(2))
    preferential_income     net capital gain and qualified dividends within taxable income
    amt_margin              tentative minimum tax less regular tax; AMT is its positive part
    """

    regular: N
    amt: N
    niit: N
    state: N
    total: N
    loss_deducted: N
    st_carryforward_out: N
    lt_carryforward_out: N
    taxable_income: N
    ordinary_taxable_income: N
    preferential_income: N
    magi: N
    amt_margin: N

    @property
    def federal(self) -> N:
        """Regular tax, AMT and NIIT, dollars."""
        return self.regular + self.amt + self.niit


def tax_of(schedule: TaxSchedule[N], income: Income[N], net_st: N, net_lt: N) -> Tax[N]:
    """The tax of the whole year. `net_st` and `net_lt` are the year's net gains (year to date and proposal), dollars,
    signed, before carryforwards."""
    zero = schedule.zero
    short = net_st - income.st_carryforward
    long = net_lt - income.lt_carryforward
    net = short + long
    loss = min(schedule.loss_limit, -net) if net < zero else zero
    gain = net if net > zero else -loss
    magi = income.gross + gain
    signed = magi - income.deduction
    favoured = income.qualified_dividends + (min(long, net) if long > zero and net > zero else zero)
    taxable = signed if signed > zero else zero
    preferential = min(taxable, favoured)
    ordinary = taxable - preferential
    stacked = schedule.gains.at(taxable) - schedule.gains.at(ordinary)
    regular = min(schedule.ordinary.at(ordinary) + stacked, schedule.ordinary.at(taxable))
    margin = _tentative_minimum_tax(schedule, signed + income.amt_addback, favoured, ordinary) - regular
    amt = margin if margin > zero else zero
    excess = min(income.investment + gain, magi - schedule.niit_threshold)
    niit = schedule.niit_rate * excess if excess > zero else zero
    state = state_tax(schedule, income, net_st, net_lt, gain)
    # Only what taxable income could bear is used up; a loss deducted in vain is carried on.
    used = min(loss, max(zero, signed + loss))
    st_out = max(zero, -short - used - max(long, zero))
    lt_out = max(zero, -long - max(zero, used - max(-short, zero)) - max(short, zero))
    total = regular + amt + niit + state
    return Tax(regular, amt, niit, state, total, loss, st_out, lt_out, taxable, ordinary, preferential, magi, margin)


def _tentative_minimum_tax(schedule: TaxSchedule[N], amti: N, favoured: N, ordinary: N) -> N:
    """26 and 28 percent of the base without gains, and the gains at their own rates, dollars.

    amti        alternative minimum taxable income before the exemption
    favoured    qualified dividends and net capital gain, which keep their rates (§ 55(b)(3))
    ordinary    ordinary taxable income of the regular tax, on which they stand
    """
    zero = schedule.zero
    exemption = schedule.amt_exemption
    start = schedule.amt_increase_start
    if start is not None and amti > start:
        amti += min(exemption, schedule.amt_phase_out_rate * (amti - start))
    if amti > schedule.amt_phase_out_start:
        exemption = max(zero, exemption - schedule.amt_phase_out_rate * (amti - schedule.amt_phase_out_start))
    base = amti - exemption
    if base <= zero:
        return zero
    kept = min(base, favoured)
    stacked = schedule.gains.at(ordinary + kept) - schedule.gains.at(ordinary)
    # Gains cost 20 percent at most, so this is never more than the scale on the whole base (§ 55(b)(3)).
    return schedule.amt.at(base - kept) + stacked
