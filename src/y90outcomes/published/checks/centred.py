"""A number central in its interval on some scale: the values all three printed numbers allow together.

On the scale of a symmetric interval the number is the mean of its limits. Rounding leaves each limit a range, and the
number's own range cuts the pairs of limits further: the pairs left are a convex polygon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite

from y90outcomes.published.rounding import Span

Point = tuple[float, float]

EDGE_STEPS = 16
"""Points taken along each edge of the polygon where a function of the limits is searched for its ends."""


def limit_pairs(middle: Span, low: Span, high: Span) -> list[Point]:
    """Corners (lower limit, upper limit) of the pairs whose mean lies in `middle`; [] when there is none.

    All on the symmetric scale, finite. The rectangle of the two limits is cut by two parallel lines. Where rounding of
    doubles alone keeps the mean and the number apart, the line is moved onto the nearest corner.
    """
    gap = Span((low.low + high.low) / 2, (low.high + high.high) / 2).gap(middle)
    if gap > 0.0:
        return []
    corners = [(low.low, high.low), (low.high, high.low), (low.high, high.high), (low.low, high.high)]
    sums = [sum(corner) for corner in corners]
    least, most = min(max(2 * middle.low, min(sums)), max(sums)), max(min(2 * middle.high, max(sums)), min(sums))
    return _cut(_cut(corners, least, 1.0), most, -1.0)


def _cut(polygon: list[Point], limit: float, sign: float) -> list[Point]:
    """The part of a polygon where sign·(x + y) ≥ sign·limit (Sutherland–Hodgman)."""

    def inside(point: Point) -> float:
        return sign * (point[0] + point[1] - limit)

    kept: list[Point] = []
    for before, after in zip(polygon[-1:] + polygon[:-1], polygon, strict=True):
        a, b = inside(before), inside(after)
        if (a < 0.0 < b) or (b < 0.0 < a):
            share = a / (a - b)
            kept.append((before[0] + share * (after[0] - before[0]), before[1] + share * (after[1] - before[1])))
        if b >= 0.0:
            kept.append(after)
    return kept


def along_edges(corners: list[Point], steps: int = EDGE_STEPS) -> Iterator[Point]:
    """The corners and `steps` points between each two neighbours."""
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        for step in range(steps):
            share = step / steps
            yield start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def range_of(function: Callable[[float, float], float], points: Iterator[Point] | list[Point]) -> Span | None:
    """The least and greatest value of a function of the two limits over points; None when no value is a number."""
    values = [value for value in (function(*point) for point in points) if value == value]
    return Span(min(values), max(values)) if values else None


def on_scale(span: Span, scale: Callable[[float], float]) -> Span:
    """A span on a rising scale."""
    return Span(scale(span.low), scale(span.high))


def finite(span: Span) -> bool:
    """Whether both ends are finite."""
    return isfinite(span.low) and isfinite(span.high)
