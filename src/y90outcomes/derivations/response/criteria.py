"""The five response criteria as one visible table: what is summed, against what, and where the limits lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion.

    code          as in the code list `criterion`
    measure       size (longest diameter, short axis of a node), viable (enhancing diameter), area (viable length ×
                  perpendicular) or longest (longest diameter whatever the organ); mm, mm² for area
    pr, pd        partial response at sum <= pr × baseline; progression at sum >= pd × reference
    reference     nadir (smallest sum so far, baseline included) or baseline: what growth is measured against
    absolute_mm   progression also needs this many mm above the reference; None: the rule `pd_absolute_mm`
    regrowth      what a sum above 0 means once every target had gone to 0: any is progression, or the usual limit
    target_mm     smallest diameter of a target at baseline; node_mm of a node, None: as any other lesion
    max_targets, max_per_organ  most targets counted; None: no limit
    liver_only    targets lie in the liver; the rest is non-target
    hcc_pattern   a new liver lesion counts at 10 mm with enhancement or on 10 mm growth, not at first sight of anything
    thrombus      "" (not looked at), non_target, or meerun (its own rules)
    density_pr    partial response also at mean attenuation <= density_pr × baseline; None: attenuation plays no part
    treated_only  lesions outside the treated territory do not count
    """

    code: str
    label: str
    measure: str
    pr: float
    pd: float
    reference: str
    absolute_mm: float | None
    regrowth: str
    target_mm: float
    node_mm: float | None
    max_targets: int | None
    max_per_organ: int | None
    source: str
    liver_only: bool = False
    hcc_pattern: bool = False
    thrombus: str = ""
    density_pr: float | None = None
    treated_only: bool = False

    @property
    def unit(self) -> str:
        """Unit of the sum."""
        return "mm²" if self.measure == "area" else "mm"


_RECIST = "Eisenhauer 2009, 10.1016/j.ejca.2008.10.026"
_MRECIST = "Lencioni and Llovet 2010, 10.1055/s-0030-1247132"
_EASL = "Bruix 2001, 10.1016/S0168-8278(01)00130-1"
_CHOI = "Choi 2007, 10.1200/JCO.2006.07.3049"
_MEERUN = "Meerun 2022, 10.21037/hbsn-22-184, on mRECIST of Lencioni and Llovet 2010"

_ALL = (
    Criterion("recist_1_1", "RECIST 1.1", "size", 0.7, 1.2, "nadir", 5.0, "limit", 10.0, 15.0, 5, 2, _RECIST),
    Criterion("mrecist", "mRECIST", "viable", 0.7, 1.2, "nadir", None, "any", 10.0, 20.0, 5, 2, _MRECIST,
              hcc_pattern=True, thrombus="non_target"),
    Criterion("localised_mrecist", "localised mRECIST", "viable", 0.7, 1.2, "nadir", None, "any", 10.0, 20.0, 5, 2,
              _MEERUN, hcc_pattern=True, thrombus="meerun", treated_only=True),
    Criterion("easl", "EASL", "area", 0.5, 1.25, "nadir", 0.0, "any", 10.0, None, None, None, _EASL, liver_only=True),
    Criterion("choi", "Choi", "longest", 0.9, 1.1, "baseline", 0.0, "limit", 10.0, None, 10, 5, _CHOI,
              density_pr=0.85),
)  # fmt: skip

CRITERIA: Mapping[str, Criterion] = MappingProxyType({criterion.code: criterion for criterion in _ALL})
"""code -> criterion."""

CATEGORIES = ("CR", "PR", "SD", "PD", "NE")
"""Response categories from best to worst; NE is not evaluable."""

NODE_NORMAL_MM = 10.0
"""A node with a shorter short axis is normal, that is gone (Eisenhauer 2009)."""

TOO_SMALL_MM = 5.0
"""What a lesion too small to measure counts (Eisenhauer 2009)."""

NEW_LESION_MM = 10.0
"""A new liver lesion counts under mRECIST from this size, with enhancement, or on this much growth."""
