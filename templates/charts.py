"""Small charts as inline SVG, drawn without a library.

Horizontal places are percentages of the drawing's width, so a chart follows its column from paper to phone without
being stretched; colours are the page's tokens, so they follow light, dark and paper. Every chart is one image to a
screen reader, with its numbers in the label. Today is hollow, after is solid, the band is light, a tick is the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a bar: from and to as fractions of the full width, and its token."""

    start: float
    end: float
    colour: str
    opacity: float = 1.0


def at(share: float) -> str:
    """A horizontal place in percent, kept inside the drawing."""
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def drawing(height: int, label: str, body: str, name: str = "") -> Markup:
    """The SVG element around a chart's body; `label` is its text alternative."""
    named = f' class="{name}"' if name else ""
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(f'<svg{named} width="100%" height="{height}" {spoken}>{body}</svg>')


def rectangle(start: float, end: float, top: float, height: float, colour: str, opacity: float = 1.0) -> str:
    """A filled rectangle between two shares of the width."""
    first, last = min(max(start, 0.0), 1.0), min(max(end, 0.0), 1.0)
    faint = f' opacity="{opacity:g}"' if opacity < 1 else ""
    return (
        f'<rect x="{at(first)}" y="{top:g}" width="{100 * max(last - first, 0):.2f}%" height="{height:g}" fill="var(--{colour})"{faint}/>'
    )


def tick(share: float, top: float, bottom: float, colour: str = "ink", width: float = 1.5) -> str:
    """A vertical line at a share of the width."""
    return f'<line x1="{at(share)}" x2="{at(share)}" y1="{top:g}" y2="{bottom:g}" stroke="var(--{colour})" stroke-width="{width:g}"/>'


def rule(start: float, end: float, height: float, colour: str, width: float = 1.5) -> str:
    """A horizontal line between two shares of the width."""
    return f'<line x1="{at(start)}" x2="{at(end)}" y1="{height:g}" y2="{height:g}" stroke="var(--{colour})" stroke-width="{width:g}"/>'


def hollow(share: float, height: float, colour: str) -> str:
    """The mark of today."""
    return f'<circle cx="{at(share)}" cy="{height:g}" r="4.25" fill="var(--bg)" stroke="var(--{colour})" stroke-width="1.75"/>'


def solid(share: float, height: float, colour: str = "acc") -> str:
    """The mark of after."""
    return f'<circle cx="{at(share)}" cy="{height:g}" r="5" fill="var(--{colour})"/>'


def share_bar(share: float, target: float | None, colour: str, label: str) -> Markup:
    """One bar of two parts (stocks, then the rest), with a tick at the target."""
    body = rectangle(0, 1, 5, 22, "wash") + rectangle(0, share, 5, 22, colour)
    return drawing(32, label, body + (tick(target, 0, 32) if target is not None else ""))


def split_bar(first: float, label: str) -> Markup:
    """A thin bar of two parts that make a whole: avoided and deferred."""
    return drawing(8, label, rectangle(0, first - 0.004, 0, 8, "acc") + rectangle(first + 0.004, 1, 0, 8, "acc2"))


def range_dots(
    before: float, after: float | None, target: float | None, band: tuple[float, float] | None, outside: bool, label: str
) -> Markup:
    """A class on its axis: the band, the target, today and after, all as shares of the axis."""
    middle = 17
    parts = [rule(0, 1, middle, "line", 1)]
    if band:
        parts.append(rectangle(band[0], max(band[1], band[0] + 0.004), middle - 8, 16, "acc3"))
    if after is not None:
        parts.append(rule(before, after, middle, "acc2"))
    if target is not None:
        parts.append(tick(target, middle - 8, middle + 8, "acc"))
    parts.append(hollow(before, middle, "cost" if outside else "was"))
    if after is not None:
        parts.append(solid(after, middle))
    return drawing(34, label, "".join(parts), "range")


def limit_bar(segments: Sequence[Segment], limit: float, label: str) -> Markup:
    """A ceiling: what is used, in order, and a line at the limit."""
    body = rectangle(0, limit, 3, 12, "wash")
    body += "".join(rectangle(each.start, each.end, 3, 12, each.colour, each.opacity) for each in segments)
    return drawing(18, label, body + tick(min(limit, 0.999), 0, 18, "ink", 2))


def line_over_axis(points: Sequence[tuple[float, float]], chosen: int | None, label: str) -> Markup:
    """A line through points (shares of the width and of the height, rising from the bottom), the chosen one marked."""
    top, depth, inset = 8.0, 48.0, 0.012
    placed = [(inset + (1 - 2 * inset) * x, top + depth * (1 - y)) for x, y in points]
    body = rule(0, 1, top + depth, "line", 1)
    for (x1, y1), (x2, y2) in pairwise(placed):
        body += f'<line x1="{at(x1)}" x2="{at(x2)}" y1="{y1:.1f}" y2="{y2:.1f}" stroke="var(--acc)" stroke-width="1.75"/>'
    if chosen is not None:
        body += tick(placed[chosen][0], 0, top + depth, "line2", 1) + solid(placed[chosen][0], round(placed[chosen][1], 1))
    return drawing(64, label, body, "over")


def worth_bar(parts: Sequence[tuple[float, str]], low: float, high: float, label: str) -> Markup:
    """Parts of a sum around zero: gains to the right, costs to the left, a tick at the sum. Dollars between low and high."""
    span = (high - low) or 1.0
    zero = -low / span
    left = right = zero
    body = tick(zero, 0, 18, "line2", 1)
    for amount, colour in parts:
        width = abs(amount) / span
        if amount > 0:
            body += rectangle(right, right + width, 3, 12, colour)
            right += width
        elif amount < 0:
            body += rectangle(left - width, left, 3, 12, colour)
            left -= width
    total = sum(amount for amount, _ in parts)
    return drawing(18, label, body + tick(zero + total / span, 1, 17, "ink", 2))
