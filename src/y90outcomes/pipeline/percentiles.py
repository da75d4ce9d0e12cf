"""Where a printed number lies among recomputed ones, and the stored result of `make plausibility` read again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.published.statistics import Statistic
from y90outcomes.published.verdict import SIGNIFICANT
from y90outcomes.simulate.calibrate import fingerprint as simulation_fingerprint
from y90outcomes.simulate.settings import FILE as SIMULATION
from y90outcomes.simulate.settings import Settings, read_settings
from y90outcomes.study import Study

PUBLISHED, FILE = "published.yaml", "plausibility.json"
CENTRAL = (2.5, 97.5)
"""Percentiles between which a printed number lies inside."""
FEWEST = 0.5
"""Share of cohorts that must give a number before a percentile is told."""

Number = float | int | None


def asked(statistics: Sequence[Statistic]) -> tuple[Statistic, ...]:
    """The statistics that are compared: recomputed on synthetic patients, and said to be calibrated or free."""
    return tuple(entry for entry in statistics if entry.addresses and entry.simulation)


def fingerprint(study: Study, settings: Settings, statistics: Sequence[Statistic]) -> dict[str, str]:
    """What a stored result was made from: the protocol, the simulation with the code that draws, the printed page."""
    lines = [[entry.id, entry.printed, entry.relation, *entry.addresses] for entry in statistics]
    return {
        "protocol": study.fingerprint,
        "simulation": simulation_fingerprint(settings),
        "published": hashlib.sha256(json.dumps(lines).encode()).hexdigest(),
    }


def changed(stored: Mapping[str, Any], study: Study, folder: Path, statistics: Sequence[Statistic]) -> tuple[str, ...]:
    """What of a study folder has changed since a result was stored, in words; nothing when all is as it was."""
    settings = read_settings(folder) if (folder / SIMULATION).is_file() else None
    now = fingerprint(study, settings, asked(statistics)) if settings else {}
    words = {"protocol": "the protocol", "simulation": "the simulation", "published": "the printed numbers"}
    return tuple(said for part, said in words.items() if stored["fingerprint"].get(part) != now.get(part))


def placed(printed: Decimal, decimals: int, relation: str, values: Sequence[Number]) -> dict[str, Any]:
    """Where one printed number lies among recomputed ones.

    values     one per cohort: a number, infinity where it was not reached, None where there is none
    returns    percentile (mid-rank: those below, and half of those that print the same), lower, median, upper (the
               central 95 % and the median of the recomputed), `none` and `not_reached` counted; the four are null
               where fewer than half of the cohorts give a number, limits and median also where they are not reached

    Recomputed numbers are rounded half up to the printed decimals first. A bound (<, >) ties with all that obey it.
    """
    given = sorted(float(value) for value in values if value is not None)
    counts = {"none": len(values) - len(given), "not_reached": sum(math.isinf(value) for value in given)}
    if len(given) < FEWEST * len(values) or not given or not printed.is_finite():
        return {"percentile": None, "lower": None, "median": None, "upper": None, **counts}
    shown = [value if math.isinf(value) else _rounded(value, decimals) for value in given]
    if relation == "=":
        below = sum(value < printed for value in shown)
        same = sum(value == printed for value in shown)
    else:
        obeys = [Decimal(value) < printed if relation == "<" else Decimal(value) > printed for value in given]
        same = sum(obeys)
        below = 0 if relation == "<" else len(given) - same
    lower, median, upper = (_quantile(given, share) for share in (0.025, 0.5, 0.975))
    return {"percentile": 100 * (below + same / 2) / len(given), "lower": lower, "median": median, "upper": upper,
            **counts}  # fmt: skip


def inside(percentile: float | None) -> str:
    """ "inside" or "outside" of the central 95 %, "" for no percentile."""
    if percentile is None:
        return ""
    return "inside" if CENTRAL[0] <= percentile <= CENTRAL[1] else "outside"


def read_plausibility(folder: Path) -> Mapping[str, Any] | None:
    """`derived/plausibility.json` of a study folder; None where there is none, InputError when it is not one."""
    path = folder / "derived" / FILE
    if not path.is_file():
        return None
    try:
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for entry in made["statistics"].values():
            if not all({"address", "percentile", "none", "not_reached"} <= part.keys() for part in entry["parts"]):
                raise KeyError("parts")
        stamp, numbers = made["fingerprint"], (made["cohorts"], made["patients"])
    except (KeyError, TypeError, AttributeError, ValueError):
        wrong = "not a result this version can read"
        raise InputError(Fault(str(path), wrong, action="run `make plausibility` again")) from None
    if not isinstance(stamp, dict) or not all(isinstance(number, int) for number in numbers):
        raise InputError(Fault(str(path), "not a result this version can read", action="run `make plausibility` again"))
    return made


def _rounded(value: float, decimals: int) -> Decimal:
    exact = Decimal(f"{value:.{SIGNIFICANT}g}")
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """By linear interpolation between order statistics; None where it is not reached."""
    at = share * (len(ordered) - 1)
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    value = low if low == high else low + (at - math.floor(at)) * (high - low)
    return value if math.isfinite(value) else None
