"""State tax on the same year: flat, brackets, classes of income, or an excise on long-term gains.

The base is federal adjusted gross income. State deductions, exemptions, credits and local taxes are not in our data: the
files' caveats say so, and reports print them.
"""

from __future__ import annotations

from solver.tax.income import Income
from solver.tax.schedule import ClassedStateTax, ExciseStateTax, N, ScaleStateTax, TaxSchedule


def state_tax(schedule: TaxSchedule[N], income: Income[N], net_st: N, net_lt: N, gain: N) -> N:
    """Dollars of state tax.

    net_st, net_lt  the year's net gains before carryforwards
    gain            what of them stands in federal adjusted gross income, after carryforwards and the loss limit
    """
    law, zero = schedule.state_tax, schedule.zero
    if isinstance(law, ScaleStateTax):
        if law.same_year:
            gain = max(zero, net_st + net_lt)
        return law.scale.at(income.gross + gain)
    if isinstance(law, ClassedStateTax):
        return _classed(law, income, net_st - income.st_carryforward, net_lt - income.lt_carryforward, zero)
    if isinstance(law, ExciseStateTax):
        # Washington taxes the federal net long-term capital gain; short-term losses do not reduce it (§ 1222(7)).
        return law.scale.at(net_lt - income.lt_carryforward - law.deduction)
    return zero


def _classed(law: ClassedStateTax[N], income: Income[N], short: N, long: N, zero: N) -> N:
    """Massachusetts: gains of one term are first reduced by losses of the other; what loss is left reduces interest and
    dividends by `loss_limit` at most; a surtax falls on the total (M.G.L. c. 62, §§ 2, 4)."""
    net = short + long
    if net >= zero:
        short, long = (zero, net) if short < zero else (net, zero) if long < zero else (short, long)
        loss = zero
    else:
        short, long, loss = zero, zero, min(law.loss_limit, -net, max(zero, income.investment))
    ordinary = max(zero, income.ordinary)
    investment = max(zero, income.investment) - loss
    total = ordinary + investment + short + long
    classes = law.ordinary_rate * ordinary + law.dividend_rate * investment + law.short_term_rate * short + law.long_term_rate * long
    return classes + law.surtax_rate * max(zero, total - law.surtax_threshold)
