"""Printed against achieved for the model two_arm: a large draw, every margin beside what the treated patients give."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from y90outcomes.simulate.calibrate import MONTH, calibration, hazard_ratio, median_survival, row
from y90outcomes.simulate.patients import Flags, Floats
from y90outcomes.simulate.settings import Settings
from y90outcomes.simulate.two_arm import ARMS, CAUSES, PLD_GY, TD_GY, Trial, draw_trial, solved

Entry = tuple[str, dict[str, Any]]
YEARS = (2, 3, 5)


def calibrate_two_arm(settings: Settings, patients: int, seed: int) -> dict[str, Any]:
    """The calibration as plain data. A share is within 2.5 percentage points; a mean, an SD, or a follow-up time within
    a tenth of its printed SD (of its median); a median, ratio or rate of survival within its printed interval."""
    trial = draw_trial(settings, solved(settings), patients, np.random.default_rng(seed))
    entries = dict(_shares(settings, trial)) | dict(_means(settings, trial)) | dict(_survival(settings, trial))
    left_out = sorted(set(settings.margins) - set(entries))
    if left_out:
        raise LookupError(f"no achieved value for {', '.join(left_out)}")
    return calibration(settings, entries, patients, seed)


def _shares(settings: Settings, trial: Trial) -> Iterator[Entry]:
    treated = trial.treated
    of_arm = {
        "child_a5": trial.points == 5, "ecog_0": trial.ecog == 0, "bclc_b": ~trial.bclc_c, "pvt": trial.pvt,
        "response": trial.response, "resected": ~np.isnan(trial.resection),
        **{name: trial.cause == k for k, name in enumerate(CAUSES)},
    }  # fmt: skip
    found = {f"{name}_{side}": flag[treated & (trial.arm == k)]
             for name, flag in of_arm.items() for k, side in enumerate(ARMS)}  # fmt: skip
    found |= {"randomised_pda": trial.arm == 0, "td_ge205": (trial.tumour_dose >= TD_GY)[treated],
              "pld_ge150": (trial.perfused_dose >= PLD_GY)[treated],
              **{f"treated_{side}": treated[trial.arm == k] for k, side in enumerate(ARMS)}}  # fmt: skip
    for name, flag in found.items():
        margin = settings.margins[name]
        printed = 100 * margin["count"] / margin["of"]
        yield name, row({"percent": printed}, {"percent": 100 * float(flag.mean())},
                        {"percent": (printed - 2.5, printed + 2.5)}, margin)  # fmt: skip


def _means(settings: Settings, trial: Trial) -> Iterator[Entry]:
    for name, values in (("age", trial.age), ("size", trial.size / 10)):
        for k, side in enumerate(ARMS):
            margin, own = settings.margins[f"{name}_{side}"], values[trial.treated & (trial.arm == k)]
            printed = {key: float(margin[key]) for key in ("mean", "sd") if key in margin}
            achieved = {"mean": float(own.mean()), "sd": float(own.std(ddof=1))}
            slack = 0.1 * float(margin.get("sd", settings.number("age_sda_sd")))
            yield f"{name}_{side}", row(printed, {key: achieved[key] for key in printed},
                                        {key: (value - slack, value + slack) for key, value in printed.items()},
                                        margin)  # fmt: skip
    margin, own = settings.margins["follow_up"], trial.treated
    months = (trial.end + trial.delay)[own] / MONTH
    size = 56
    samples = months[: len(months) // size * size].reshape(-1, size)
    achieved = {"median": median_survival(months, ~trial.died[own]), "low": float(np.median(samples.min(axis=1))),
                "high": float(np.median(samples.max(axis=1)))}  # fmt: skip
    near = {"median": 6.58, "low": 2.0, "high": 2.0}
    printed = {key: float(margin[key]) for key in achieved}
    limits = {key: (value - near[key], value + near[key]) for key, value in printed.items()}
    yield "follow_up", row(printed, achieved, limits, margin)


def _survival(settings: Settings, trial: Trial) -> Iterator[Entry]:
    months, died, arm = (trial.end + trial.delay) / MONTH, trial.died, trial.arm == 0
    everyone, resected = trial.treated, ~np.isnan(trial.resection)
    until = (np.where(resected, trial.resection, trial.end) + trial.delay) / MONTH  # seen until resection at the latest
    high_td, high_pld = trial.tumour_dose >= TD_GY, trial.perfused_dose >= PLD_GY
    groups = {
        "pda": arm, "sda": ~arm, "pvt_pda": arm & trial.pvt, "pvt_sda": ~arm & trial.pvt, "td_ge205": high_td,
        "td_lt205": ~high_td, "pld_ge150": high_pld, "pld_lt150": ~high_pld, "resected": resected,
        "not_resected": ~resected,
    }  # fmt: skip
    margins = settings.margins
    for name, among in groups.items():
        use = everyone & among
        if f"os_median_{name}" in margins:
            yield _median(f"os_median_{name}", margins, months[use], died[use])
        for year in YEARS:
            margin = margins[f"rate_{name}_{year}y"]
            yield f"rate_{name}_{year}y", row(
                {"percent": margin["percent"]}, {"percent": 100 * survival_at(months[use], died[use], 12.0 * year)},
                {"percent": (margin["lower"], margin["upper"])}, margin,
            )  # fmt: skip
    for side, among in (("pda", arm), ("sda", ~arm)):
        use = everyone & among
        yield _median(f"os_median_surgery_{side}", margins, until[use], (died & ~resected)[use])
    flags = {
        "arm": arm, "td": high_td, "pld": high_pld, "resected": resected, "female": trial.female,
        "age_gt65": trial.age > 65, "child": trial.points > 5, "ecog": trial.ecog == 1, "cirrhosis": trial.cause != 0,
        "bilobar": trial.bilobar, "pvt": trial.pvt, "prior": trial.prior, "size_ge10": trial.size >= 100,
        "afp": trial.afp >= 200, "involvement": trial.involvement >= 50, "multifocal": trial.multifocal,
    }  # fmt: skip
    for name, flag in flags.items():
        yield _ratio(f"hr_{name}", margins, flag[everyone], months[everyone], died[everyone])
    yield _ratio("hr_surgery", margins, arm[everyone], until[everyone], (died & ~resected)[everyone])
    use = everyone & trial.pvt
    yield _ratio("hr_pvt_arm", margins, arm[use], months[use], died[use])


def _median(name: str, margins: Mapping[str, Any], months: Floats, died: Flags) -> Entry:
    margin = margins[name]
    return name, row({"median": margin["median"]}, {"median": median_survival(months, died)},
                     {"median": (margin["lower"], margin["upper"])}, margin)  # fmt: skip


def _ratio(name: str, margins: Mapping[str, Any], flag: Flags, months: Floats, died: Flags) -> Entry:
    """A limit that is not given mirrors the other; an estimate that is not given is their geometric mean."""
    margin = margins[name]
    low = float(margin["lower"])
    middle = float(margin["estimate"]) if "estimate" in margin else math.sqrt(low * float(margin["upper"]))
    high = float(margin.get("upper", middle**2 / low))
    achieved = hazard_ratio(flag.astype(np.float64), months, died)
    return name, row({"estimate": float(f"{middle:.4g}")}, {"estimate": achieved}, {"estimate": (low, high)}, margin)


def survival_at(months: Floats, died: Flags, time: float) -> float:
    """Kaplan–Meier survival at a time."""
    times, position = np.unique(months, return_inverse=True)
    leaving = np.bincount(position)
    at_risk = len(months) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    steps = 1 - np.bincount(position, weights=died) / at_risk
    return float(np.prod(steps[times <= time]))
