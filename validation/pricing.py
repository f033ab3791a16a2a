"""Securities with their price of the run: the latest one on or before the as-of date, one for the whole book.

What the firm's own data leave in doubt is frozen everywhere: an old or disputed price, exposures that do not sum to one,
a pending split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from validation.classes import Exposures, read_exposures
from validation.codes import finding
from validation.findings import Finding, Place, Severity
from validation.household import CASH, UNCLASSIFIED, Security
from validation.marts import Marts
from validation.plain import plain
from validation.suggest import nearest
from validation.trading_days import trading_days_between
from validation.units import ZERO
from validation.waivers import NOBODY, Waivers

WARN_TRADING_DAYS = 1
FREEZE_TRADING_DAYS = 5
PRICES, SECURITIES = "reference/prices.csv", "reference/securities.csv"
MOST_COMPARED = 2_000
"""Near misses of an unknown symbol are sought in a book of securities up to this size."""


@dataclass(frozen=True)
class Pricing:
    """`known`: every security of securities.csv. `unknown`: what is held and stands in no row of it."""

    known: Mapping[str, Security]
    unknown: Mapping[str, Security]
    findings: tuple[Finding, ...]

    def security(self, symbol: str) -> Security:
        """The security, known or unknown. Raises KeyError for what nobody holds and nobody knows."""
        return self.known.get(symbol) or self.unknown[symbol]


@dataclass(frozen=True, slots=True)
class Quote:
    """The latest usable price of a symbol; `trouble` is the code that bars trading at it, `line` where it stands."""

    price: Decimal
    day: date
    line: int
    trouble: str = ""


def price_book(marts: Marts, as_of: date, waivers: Waivers = NOBODY) -> Pricing:
    """Every security that is known or held: priced, classified, and frozen where it must be."""
    held = {symbol for frame in (marts.positions, marts.tax_lots) for symbol in frame["symbol"].unique()} - {CASH}
    quotes, findings = _quotes(marts, as_of, held | set(marts.securities["symbol"]), waivers)
    exposures = read_exposures(marts)
    findings += exposures.findings
    frozen = {**exposures.frozen, **{symbol: quote.trouble for symbol, quote in quotes.items() if quote.trouble}}
    for code, troubled in (("bad-security", _bad_rows(marts, SECURITIES)), ("pending-split", _pending_splits(marts))):
        frozen.update(dict.fromkeys(troubled, code))
        words = {"bad-security": "cannot be used as its row of securities.csv stands", "pending-split": "has a pending split"}[code]
        findings += [finding(code, f"{symbol} {words}", place, subject=symbol) for symbol, place in troubled.items()]
    known = {
        row["symbol"]: _known(row, quotes.get(row["symbol"]), exposures, frozen.get(row["symbol"], ""))
        for row in marts.securities.iter_rows(named=True)
    }
    findings += [
        finding("no-price-anywhere", f"{symbol} has no price on or before {as_of}", Place(PRICES), subject=symbol)
        for symbol, security in known.items()
        if not security.has_price and symbol not in held
    ]
    unknown = {symbol: _unknown(symbol, quotes.get(symbol)) for symbol in sorted(held - set(known))}
    findings += _unknown_findings(marts, unknown, known)
    return Pricing(known, unknown, tuple(findings))


def _known(row: Mapping[str, object], quote: Quote | None, exposures: Exposures, frozen: str) -> Security:
    symbol, spread, fee = str(row["symbol"]), row["half_spread_bps"], row["redemption_fee_frac"]
    return Security(
        symbol=symbol,
        name=str(row["name"]),
        security_type=str(row["security_type"]),
        identity_group=str(row["identity_group"]),
        equivalent_group=str(row["equivalent_group"]),
        issuer=str(row["issuer"]),
        half_spread_bps=plain(spread) if isinstance(spread, Decimal) else ZERO,
        whole_shares=bool(row["whole_shares"]),
        price_usd=quote.price if quote else ZERO,
        price_date=quote.day if quote else None,
        exposures=exposures.of.get(symbol, {UNCLASSIFIED: Decimal(1)}),
        cusip=str(row["cusip"]),
        frozen=frozen,
        has_price=quote is not None,
        redemption_fee_frac=plain(fee) if isinstance(fee, Decimal) else ZERO,
    )


def _unknown(symbol: str, quote: Quote | None) -> Security:
    return Security(
        symbol=symbol,
        name=symbol,
        security_type="unknown",
        identity_group="",
        equivalent_group="",
        issuer="",
        half_spread_bps=ZERO,
        whole_shares=True,
        price_usd=quote.price if quote else ZERO,
        price_date=quote.day if quote else None,
        exposures={UNCLASSIFIED: Decimal(1)},
        frozen="unknown-security",
        has_price=quote is not None,
    )


def _unknown_findings(marts: Marts, unknown: Mapping[str, Security], known: Mapping[str, Security]) -> list[Finding]:
    if not unknown:
        return []
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    rows = pl.concat([frame.select("symbol", "file_no", "line") for frame in (marts.positions, marts.tax_lots)])
    first = rows.filter(pl.col("symbol").is_in([*unknown])).unique("symbol", keep="first", maintain_order=True)
    findings = []
    for symbol, file_no, line in first.iter_rows():
        meant = nearest(symbol, known) if len(known) <= MOST_COMPARED else None
        help_ = f"securities.csv has {meant}; a symbol is never matched by likeness" if meant else ""
        findings.append(
            finding(
                "unknown-security",
                f"{symbol or '(no symbol)'} is held and stands in no row of securities.csv",
                Place(paths[file_no], line),
                subject=symbol,
                help_=help_,
            )
        )
    return findings


def _quotes(marts: Marts, as_of: date, wanted: set[str], waivers: Waivers) -> tuple[dict[str, Quote], list[Finding]]:
    """The latest usable price per symbol. A price that cannot be used and would have been the latest, or two of one day
    that differ, bar trading; nothing falls back to an older price in silence."""
    usable = marts.prices.filter(pl.col("price") > 0, pl.col("date") <= as_of, pl.col("symbol").is_in([*wanted]))
    latest = (
        usable.filter(pl.col("date") == pl.col("date").max().over("symbol"))
        .group_by("symbol")
        .agg(pl.col("date").first(), pl.col("price").first(), pl.col("price").n_unique().alias("prices"), pl.col("line").max())
        .sort("symbol")
    )
    unusable = _unusable_prices(marts, as_of)
    quotes: dict[str, Quote] = {}
    findings: list[Finding] = []
    for symbol, day, price, prices, line in latest.iter_rows():
        age = trading_days_between(day, as_of)
        spoilt = unusable.get(symbol)
        trouble = ""
        if spoilt and (spoilt[0] is None or spoilt[0] >= day):
            trouble = "bad-price"
            findings.append(
                finding(trouble, f"a price of {symbol} cannot be read, and it may be the newest", Place(PRICES, spoilt[1]), subject=symbol)
            )
        elif prices > 1:
            trouble = "conflicting-prices"
            findings.append(finding(trouble, f"{symbol} has {prices} different prices on {day}", Place(PRICES, line), subject=symbol))
        elif age > FREEZE_TRADING_DAYS:
            said = f"the price of {symbol} is {age} trading days old ({day})"
            stale = waivers.lift(finding("stale-price", said, Place(PRICES, line), subject=symbol))
            trouble = "stale-price" if stale.severity is Severity.ERROR else ""
            findings.append(stale)
        elif age > WARN_TRADING_DAYS:
            findings.append(
                finding("old-price", f"the price of {symbol} is {age} trading days old ({day})", Place(PRICES, line), subject=symbol)
            )
        quotes[symbol] = Quote(plain(price), day, line, trouble)
    return quotes, findings


def _unusable_prices(marts: Marts, as_of: date) -> dict[str, tuple[date | None, int]]:
    """Symbol → newest day (None: unreadable) and line of a price row that cannot be used."""
    broken = marts.prices.filter(pl.col("price").is_null() | (pl.col("price") <= 0) | pl.col("date").is_null())
    result: dict[str, tuple[date | None, int]] = {}
    for symbol, day, line in broken.sort("date", nulls_last=True).select("symbol", "date", "line").iter_rows():
        if day is None or day <= as_of:
            result[symbol] = (day, line)
    disputed = marts.bad_cells.filter(pl.col("path") == PRICES, pl.col("code") != "bad-value", pl.col("code") != "duplicate-row")
    return {**result, **{symbol: (None, line) for symbol, line in disputed.select("symbol", "line").iter_rows()}}


def _bad_rows(marts: Marts, path: str) -> dict[str, Place]:
    rows = marts.bad_cells.filter(pl.col("path") == path, pl.col("code") != "duplicate-row", pl.col("symbol") != "")
    return {symbol: Place(path, line) for symbol, line in rows.sort("line", descending=True).select("symbol", "line").iter_rows()}


def _pending_splits(marts: Marts) -> dict[str, Place]:
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    rows = marts.positions.filter(pl.col("pending_split_quantity") != 0).unique("symbol", keep="first", maintain_order=True)
    return {symbol: Place(paths[file_no], line) for symbol, file_no, line in rows.select("symbol", "file_no", "line").iter_rows()}
