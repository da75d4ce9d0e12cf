"""What one lesion counts at one visit under each criterion, and whether the visit shows it gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from y90outcomes.derivations.response.criteria import NODE_NORMAL_MM, TOO_SMALL_MM
from y90outcomes.derivations.response.visits import Booleans, Floats, Scans
from y90outcomes.thresholds import compare


@dataclass(frozen=True, slots=True)
class Measures:
    """Of each imaging row: `value` (contribution to the sum, NaN not measured), `diameter` (what a target's smallest
    size is asked of), `gone` (shown gone), `seen` (shown there), `conflict` (two columns contradict each other)."""

    value: Floats
    diameter: Floats
    gone: Booleans
    seen: Booleans
    conflict: Booleans


def _size(scans: Scans, node: Booleans, liver: Booleans) -> Measures:
    """RECIST 1.1: longest diameter, short axis of a node; too small to measure counts 5 mm; a node below 10 mm is gone.

    A 0 beside "too small" is a lesion still there.
    """
    longest, short = scans.numbers("longest_diameter"), scans.numbers("short_axis")
    small = scans.says("too_small", "yes")
    value = np.where(node, np.where(np.isnan(short) & (longest == 0), 0.0, short), longest)
    lowest = np.isnan(value) | (value == 0)
    conflict = small & (value == 0)
    value = np.where(small & lowest, TOO_SMALL_MM, value)
    gone = value == 0
    gone[node] = compare(value[node], "below", NODE_NORMAL_MM)
    other = scans.says("arterial_enhancement", "yes") | (scans.numbers("viable_diameter") > 0) | (longest > 0)
    return Measures(value, value, gone, ~gone & (~np.isnan(value) | other), conflict)


def _longest(scans: Scans, node: Booleans, liver: Booleans) -> Measures:
    """Choi: longest diameter of every lesion, nodes included."""
    return _size(scans, np.zeros_like(node), liver)


def _enhancing(scans: Scans) -> tuple[Floats, Booleans, Booleans]:
    """Viable diameter of a liver lesion, whether it is only known to be there, and whether its columns contradict.

    0 where the row says that nothing enhances or that the lesion has vanished; a viable diameter of 0 beside "enhances"
    is no measurement; one above 0 beside "does not enhance" is taken as measured.
    """
    viable, longest = scans.numbers("viable_diameter"), scans.numbers("longest_diameter")
    yes, no = scans.says("arterial_enhancement", "yes"), scans.says("arterial_enhancement", "no")
    made = np.where(np.isnan(viable) & ~yes & (no | (longest == 0)), 0.0, viable)
    conflict = ((viable == 0) & yes) | ((viable > 0) & no)
    made = np.where((viable == 0) & yes, np.nan, made)
    small = scans.says("too_small", "yes") & np.isnan(made)
    return np.where(small, TOO_SMALL_MM, made), yes, conflict


def _viable(scans: Scans, node: Booleans, liver: Booleans) -> Measures:
    """mRECIST: longest viable diameter in the liver, elsewhere as RECIST 1.1."""
    inside, yes, conflict = _enhancing(scans)
    outside = _size(scans, node, liver)
    value = np.where(liver, inside, outside.value)
    gone = np.where(liver, inside == 0, outside.gone)
    seen = np.where(liver, ~gone & ((inside > 0) | yes), outside.seen)
    return Measures(value, value, gone, seen, np.where(liver, conflict, outside.conflict))


def _area(scans: Scans, node: Booleans, liver: Booleans) -> Measures:
    """EASL: viable diameter × its perpendicular in mm²; without the perpendicular there is no area unless it is 0."""
    inside, yes, conflict = _enhancing(scans)
    across = scans.numbers("viable_perpendicular")
    small = scans.says("too_small", "yes") & np.isnan(scans.numbers("viable_diameter")) & (inside > 0)
    across = np.where(small & np.isnan(across), TOO_SMALL_MM, across)
    across = np.where((across == 0) & (inside > 0), np.nan, across)
    outside = _size(scans, node, liver)
    value = np.where(inside == 0, 0.0, inside * across)
    gone = np.where(liver, inside == 0, outside.gone)
    seen = np.where(liver, ~gone & ((inside > 0) | yes), outside.seen)
    return Measures(np.where(liver, value, np.nan), np.where(liver, inside, outside.value), gone, seen,
                    np.where(liver, conflict, outside.conflict))  # fmt: skip


MEASURES: Mapping[str, Callable[[Scans, Booleans, Booleans], Measures]] = MappingProxyType(
    {"size": _size, "longest": _longest, "viable": _viable, "area": _area}
)
"""measure of a criterion -> (rows, which are of nodes, which of the liver) -> what they count."""


def whole_only(made: Measures, lesion_row: Booleans) -> Measures:
    """`made` with the rows about no lesion showing nothing."""
    nan = np.where(lesion_row, 0.0, np.nan)
    gone, seen, conflict = (flags & lesion_row for flags in (made.gone, made.seen, made.conflict))
    return Measures(made.value + nan, made.diameter + nan, gone, seen, conflict)
