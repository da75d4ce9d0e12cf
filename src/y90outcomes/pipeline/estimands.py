"""What each estimate of a synthetic study estimates: the same estimator on very many drawn patients, and the
coefficients the draw was made from where the model of an estimate is the one that generated the data."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from y90outcomes.errors import Fault, InputError
from y90outcomes.pipeline.analyses import Progress, run_analyses, silent
from y90outcomes.pipeline.drawn import drawn_cohort, only_for
from y90outcomes.pipeline.estimates import Found, estimates
from y90outcomes.pipeline.pooled import Thin, pooled, thin
from y90outcomes.results.whole import write_json
from y90outcomes.simulate.calibrate import fingerprint as simulation_fingerprint
from y90outcomes.simulate.settings import Settings, read_settings
from y90outcomes.study import Study, read_study
from y90outcomes.study.analyses import AnalysisSpec
from y90outcomes.study.endpoints import TimeToEventEndpoint
from y90outcomes.study.reading import study_file

FILE = "estimands.json"
SAMPLES, SIZE, SEED = 100, 20_000, 30_000_000
"""2,000,000 patients in samples of the size that is checked against them."""
OWN_NUMBERS = ("sample_size",)
"""Methods that are about no patient."""


@dataclass(slots=True)
class _Sum:
    """Mean and spread of one estimate over samples, by Welford's recursion."""

    scale: str
    error: str
    n: int = 0
    mean: float = 0.0
    m2: float = 0.0
    reported: list[float] = field(default_factory=list)

    def add(self, found: Found) -> None:
        self.n += 1
        step = found.value - self.mean
        self.mean += step / self.n
        self.m2 += step * (found.value - self.mean)
        if math.isfinite(found.se):
            self.reported.append(found.se)

    @property
    def sd(self) -> float:
        return math.sqrt(self.m2 / (self.n - 1)) if self.n > 1 else math.nan


def estimands(
    folder: str | Path, samples: int = SAMPLES, size: int = SIZE, seed: int = SEED, processes: int = 2,
    progress: Progress = silent,
) -> dict[str, Any]:  # fmt: skip
    """`derived/estimands.json` of a synthetic study folder as plain data.

    Sample i has `size` patients and the seed `seed` + i. Each entry of `estimands`, by address: scale (log or plain),
    mean and sd of the estimate over samples on that scale, how many samples gave it, mean reported standard error
    (null where the run reports none), and where they are known `pooled` (the estimator on all patients at once, with
    its standard error) and `coefficient` (what the data were drawn from).

    raises    InputError where a sample has fewer patients than the model has centres
    """
    root = study_file(folder).parent
    study, settings = read_study(root), read_settings(root)
    if samples < 2 or size < 1:
        raise InputError(Fault("samples", f"got {samples} samples of {size}", "at least 2 samples of 1 patient"))
    asked = askable(study)
    sums: dict[str, _Sum] = {}
    frames: list[Thin] = []
    progress("drawing samples", 0, samples)
    with multiprocessing.get_context("spawn").Pool(processes, _begin, ((asked, settings, size),)) as pool:
        for done, (found, columns) in enumerate(pool.imap(_one, range(seed, seed + samples)), start=1):
            for entry in found:
                sums.setdefault(entry.address, _Sum(entry.scale, entry.error)).add(entry)
            frames.append(columns)
            progress("drawing samples", done, samples)
    entries = {address: _entry(made) for address, made in sums.items()}
    for entry in pooled(asked, drawn_cohort(asked, settings, 1000, seed), frames, progress):
        if entry.address in entries and math.isfinite(entry.se):
            entries[entry.address]["pooled"] = {"value": entry.value, "se": entry.se}
    for address, value in coefficients(study, settings, entries).items():
        entries[address]["coefficient"] = value
    return {
        "fingerprint": fingerprint(study, settings), "samples": samples, "size": size, "patients": samples * size,
        "seed": seed, "estimands": entries,
    }  # fmt: skip


def askable(study: Study) -> Study:
    """The protocol with the analyses that estimate something of patients; searches for a model stop at once, and
    residuals, which estimate nothing, are left out."""
    kept = {
        name: _quick(spec)
        for name, spec in study.analyses.items()
        if spec.method not in OWN_NUMBERS and spec.method != "family"
    }
    return only_for(study.model_copy(update={"analyses": kept}), kept)


def _quick(spec: AnalysisSpec) -> AnalysisSpec:
    changes: dict[str, Any] = {"enter": 1e-12} if spec.method == "model_selection" else {}
    if getattr(spec, "residuals", None):
        changes["residuals"] = []
    return spec.model_copy(update=changes)


def fingerprint(study: Study, settings: Settings) -> dict[str, str]:
    """What a stored result was made from: the protocol, and the simulation with the code that draws."""
    return {"protocol": study.fingerprint, "simulation": simulation_fingerprint(settings)}


def coefficients(study: Study, settings: Settings, addresses: Mapping[str, Any]) -> dict[str, float]:
    """Address -> the generating coefficient on the log scale, of effects whose model is the one that was drawn from.

    The hazard of death is log-linear in the absorbed dose of the tumour and depends on nothing else: a Cox model of
    death with the dose as a number estimates its coefficient, in any subgroup or centre defined at baseline, and 0 for
    anything else beside the dose.
    """
    if settings.model != "single_arm":
        return {}
    from y90outcomes.simulate.course import solve

    slope, dose = solve(settings).log_hazard_per_gy, "tad"
    found: dict[str, float] = {}
    for name, spec in study.analyses.items():
        endpoint = study.endpoints.get(str(getattr(spec, "endpoint", "")))
        if not isinstance(endpoint, TimeToEventEndpoint) or endpoint.events != ("death",):
            continue
        value = slope * float(getattr(spec, "per", {}).get(dose, 1.0))
        terms = list(getattr(spec, "terms", []))
        scaled = dose in getattr(spec, "scale", {})
        for address in addresses:
            head, _, rest = address.partition("/")
            quantity, _, term = rest.partition("#")[0].partition("/")
            if head.partition(".")[0] != name or quantity != "hazard_ratio" or scaled:
                continue
            own = term.partition("/")[0]
            if spec.method == "cox" and dose in terms and head == name:
                found[address] = value if own == dose else 0.0
            elif spec.method == "model_selection" and head == f"{name}.univariable" and own == dose:
                found[address] = value
            elif spec.method == "model_selection" and head == f"{name}.beside_forced" and spec.forced == [dose]:
                found[address] = 0.0
            elif spec.method in ("subgroups", "centres") and spec.exposure == dose and own != "leave_one_out":
                found[address] = value
    return found


def _entry(made: _Sum) -> dict[str, Any]:
    reported = float(np.mean(made.reported)) if made.reported else None
    return {"scale": made.scale, "mean": made.mean, "sd": made.sd, "samples": made.n, "error": made.error,
            "reported": reported}  # fmt: skip


_WORK: list[tuple[Study, Settings, int]] = []


def _begin(work: tuple[Study, Settings, int]) -> None:
    _WORK[:] = [work]


def _one(seed: int) -> tuple[list[Found], Thin]:
    study, settings, size = _WORK[0]
    cohort = drawn_cohort(study, settings, size, seed)
    made = run_analyses(cohort, study.analyses)
    items = [item for group in made.values() for item in group]
    return [entry for entry in estimates(study, items) if isinstance(entry, Found)], thin(study, cohort)


def main(arguments: Sequence[str], progress: Progress = silent) -> None:
    """Write `derived/estimands.json` of a study folder; a number after it is how many samples."""
    root = Path(arguments[0])
    samples = int(arguments[1]) if len(arguments) > 1 else SAMPLES
    made = estimands(root, samples, progress=progress)
    write_json(root / "derived" / FILE, made, indent=0)
