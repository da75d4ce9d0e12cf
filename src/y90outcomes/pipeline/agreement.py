"""A run on drawn patients against what its estimates estimate: z of each, and everything that is left out."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.pipeline.estimates import Found, estimates, not_estimates
from y90outcomes.pipeline.quantile_shares import QUANTILES, Floats, share
from y90outcomes.results import Results
from y90outcomes.study import Study

LIMIT = 4.0
"""|z| from which an estimate disagrees with its estimand."""
MOST = "given by too few samples"
FEWEST = 0.9
"""Share of the samples that must give an estimate before it can be compared."""


@dataclass(frozen=True, slots=True)
class Line:
    """One estimate beside one truth, both on `scale`.

    against  coefficient (what was drawn from), pooled (the estimator on all patients at once), or samples (its mean)
    error    where the standard error is from: se, interval, proportion, samples (SD of the estimator over samples), or
             share: of a median or quartile the share of patients is compared (scale "share", see `quantile_shares`)
    """

    address: str
    against: str
    scale: str
    estimate: float
    se: float
    error: str
    truth: float
    se_truth: float
    z: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every line; (address, reason) of estimates left out; kind -> numbers that are no estimates."""

    lines: tuple[Line, ...]
    left_out: tuple[tuple[str, str], ...]
    no_estimates: Mapping[str, int]

    @property
    def apart(self) -> tuple[Line, ...]:
        """Lines that disagree."""
        return tuple(line for line in self.lines if not abs(line.z) < LIMIT)

    @property
    def reasons(self) -> dict[str, int]:
        """Reason -> how many estimates are left out for it."""
        return dict(Counter(reason for _, reason in self.left_out).most_common())


def distance(estimate: float, se: float, truth: float, se_truth: float) -> float:
    """z = (estimate - truth) / sqrt(se² + se_truth²); 0 where all are equal, infinite where equal was certain."""
    spread = math.sqrt(se * se + se_truth * se_truth)
    if spread > 0:
        return (estimate - truth) / spread
    same = math.isclose(estimate, truth, rel_tol=1e-9, abs_tol=1e-12)
    return 0.0 if same else math.copysign(math.inf, estimate - truth)


def agreement(
    study: Study, results: Results, stored: Mapping[str, Any], described: Mapping[str, Floats] | None = None
) -> Agreement:
    """Each estimate of a run against its estimand.

    results  a run on patients drawn from the page that `stored` was made from, as many as its samples have
    stored   `derived/estimands.json`; where it holds several truths for an estimate, each makes a line of its own
    described  the numbers behind the run's summaries (`quantile_shares.summarised`): their medians and quartiles are
             compared as shares
    """
    lines: list[Line] = []
    left: list[tuple[str, str]] = []
    for found in estimates(study, results.items):
        if not isinstance(found, Found):
            left.append(found)
            continue
        known = stored["estimands"].get(found.address)
        if known is None:
            left.append((found.address, "no sample gave it"))
        elif known["samples"] < FEWEST * stored["samples"]:
            left.append((found.address, MOST))
        else:
            lines += _share(found, known, described or {}) or _lines(found, known)
    return Agreement(tuple(lines), tuple(left), not_estimates(results.items))


def _share(found: Found, known: Mapping[str, Any], described: Mapping[str, Floats]) -> list[Line]:
    """A median or quartile whose numbers are known, as the share of patients; [] of anything else."""
    place, _, field = found.address.partition("#")
    values = described.get(place)
    if field not in QUANTILES or values is None or not values.size:
        return []
    wanted = QUANTILES[field]
    own, se = share(values, wanted, float(known["mean"]))
    exact = se / math.sqrt(known["samples"])
    return [Line(found.address, "samples", "share", own, se, "share", wanted, exact, distance(own, se, wanted, exact))]


def _lines(found: Found, known: Mapping[str, Any]) -> list[Line]:
    own = math.isfinite(found.se)
    se, error = (found.se, found.error) if own else (float(known["sd"]), "samples")
    truths = [("samples", float(known["mean"]), float(known["sd"]) / math.sqrt(known["samples"]))]
    if "pooled" in known:
        truths[0] = ("pooled", float(known["pooled"]["value"]), float(known["pooled"]["se"]))
    if "coefficient" in known:
        truths.append(("coefficient", float(known["coefficient"]), 0.0))
    return [
        Line(found.address, against, found.scale, found.value, se, error, truth, exact,
             distance(found.value, se, truth, exact))
        for against, truth, exact in truths
    ]  # fmt: skip


def read_estimands(folder: Path) -> dict[str, Any]:
    """`derived/estimands.json` of a study folder. InputError when there is none, or it is not one."""
    path = folder / "derived" / "estimands.json"
    try:
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not made["estimands"] or made["samples"] < 2 or not isinstance(made["fingerprint"], dict):
            raise ValueError(path)
    except FileNotFoundError:
        raise InputError(Fault(str(path), "no such file", action="run `make estimands`")) from None
    except (KeyError, TypeError, ValueError):
        raise InputError(
            Fault(str(path), "not a result this version can read", action="run `make estimands`")
        ) from None
    return made


def table(found: Agreement) -> str:
    """The lines as CSV, the furthest apart first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("address", "against", "scale", "estimate", "se", "se_from", "truth", "se_truth", "z"))
    for line in sorted(found.lines, key=lambda line: -abs(line.z)):
        writer.writerow((line.address, line.against, line.scale, *(f"{x:.8g}" for x in (line.estimate, line.se)),
                         line.error, f"{line.truth:.8g}", f"{line.se_truth:.4g}", f"{line.z:.3f}"))  # fmt: skip
    return text.getvalue()
