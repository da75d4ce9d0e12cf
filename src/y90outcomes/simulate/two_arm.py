"""The patients of a randomised comparison of two ways to plan the dose: drawn before, at and after treatment.

Death has a Weibull hazard with known coefficients. A resection multiplies it from its own day on, and only a patient
who is alive and whose index lesion has responded can be resected, so that comparing the resected with the others as if
they had been so from the beginning overstates what resection does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.simulate.margins import at_rate
from y90outcomes.simulate.numerics import expit, normal_quantile
from y90outcomes.simulate.patients import Flags, Floats, Ints
from y90outcomes.simulate.settings import Settings

ARMS = ("pda", "sda")
"""Personalised and standard dosimetry; 0 and 1 below."""
CAUSES = ("no_cirrhosis", "alcohol", "viral", "haemochromatosis", "nash", "mixture")
SCAN_DAY = 91
TD_GY, PLD_GY = 205.0, 150.0
SOLVE_WITH, SOLVE_SEED, ROUNDS = 40_000, 20_240_201, 4


@dataclass(frozen=True, slots=True)
class Trial:
    """n randomised patients; every array has n first. Volumes mL, doses Gy, activity GBq, size mm, days from treatment.

    arm          0 personalised, 1 standard
    treated      the others have a baseline and nothing else
    delay        days from randomisation to treatment
    points       Child–Pugh points
    cause        position in CAUSES
    tumour_dose  of the index lesion and every perfused tumour
    response     the index lesion halves its enhancing area, or loses it, at three months
    resection    day, NaN for none; `scanned` alive at the three-month scan
    end          day of death, or of last contact; `died` says which
    """

    arm: Ints
    treated: Flags
    delay: Floats
    age: Floats
    female: Flags
    points: Ints
    ecog: Ints
    pvt: Flags
    cause: Ints
    tumours: Ints
    multifocal: Flags
    bilobar: Flags
    prior: Flags
    afp: Floats
    size: Floats
    tumour_dose: Floats
    perfused_dose: Floats
    normal_dose: Floats
    tumour_volume: Floats
    perfused_volume: Floats
    liver_volume: Floats
    whole_tumour: Floats
    activity: Floats
    residual: Floats
    lung_shunt: Floats
    lung_mass: Floats
    lung_dose: Floats
    scanned: Flags
    response: Flags
    resection: Floats
    end: Floats
    died: Flags

    @property
    def involvement(self) -> Floats:
        """Tumour share of the liver in percent."""
        return 100 * self.whole_tumour / self.liver_volume

    @property
    def bclc_c(self) -> Flags:
        """Stage C: portal vein thrombosis or performance status 1."""
        return np.asarray(self.pvt | (self.ecog == 1), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Solved:
    """What was solved for on a large draw: the Weibull scale, the log odds of response of each arm at 205 Gy, and the
    chance of a resection in each arm for a patient who could have one."""

    scale_days: float
    response: tuple[float, float]
    resection: tuple[float, float]


def draw_trial(settings: Settings, found: Solved, n: int, rng: np.random.Generator) -> Trial:
    """Draw `n` randomised patients, one to one in the printed proportion of arms and of treated in each; the order of
    the draws is fixed."""
    arm = rng.permutation((np.arange(n) >= round(n * settings.share("randomised_pda"))).astype(np.int64))
    treated = np.ones(n, dtype=bool)
    for k, name in enumerate(ARMS):
        own = rng.permutation(np.flatnonzero(arm == k))
        treated[own[: len(own) - round(len(own) * settings.share(f"treated_{name}"))]] = False
    base = _baseline(settings, arm, rng)
    dose = _dosimetry(settings, arm, base["size"], base["tumours"], rng)
    log_risk = _log_risk(settings, base, dose)
    return Trial(arm=arm, treated=treated, **base, **dose, **_course(settings, found, arm, base, dose, log_risk, rng))


def solve(settings: Settings) -> Solved:
    """Response by rate and dose, then in turn the chance of a resection and the scale that gives the printed median of
    the standard arm; on one draw with a seed of its own."""
    made = Solved(1500.0, (0.0, 0.0), (0.0, 0.0))
    for _ in range(ROUNDS):
        trial = draw_trial(settings, made, SOLVE_WITH, _again())
        line = _response_intercepts(settings, trial)
        trial = draw_trial(settings, Solved(made.scale_days, line, (1.0, 1.0)), SOLVE_WITH, _again())
        possible = [float((~np.isnan(trial.resection))[_own(trial, k)].mean()) for k in range(len(ARMS))]
        chance = [min(1.0, settings.share(f"resected_{name}") / found)
                  for name, found in zip(ARMS, possible, strict=True)]  # fmt: skip
        trial = draw_trial(settings, Solved(made.scale_days, line, (chance[0], chance[1])), SOLVE_WITH, _again())
        own = _own(trial, 1)
        wanted = 30.4375 * float(settings.margins["os_median_sda"]["median"]) - float(trial.delay[own].mean())
        scale = made.scale_days * wanted / float(np.median(trial.end[own]))
        made = Solved(scale, line, (chance[0], chance[1]))
    return made


_SOLVED: dict[str, Solved] = {}


def solved(settings: Settings) -> Solved:
    """What a page is solved to, once for all draws from it; kept by what the page says."""
    if settings.fingerprint not in _SOLVED:
        _SOLVED[settings.fingerprint] = solve(settings)
    return _SOLVED[settings.fingerprint]


def _again() -> np.random.Generator:
    return np.random.default_rng(SOLVE_SEED)


def _own(trial: Trial, arm: int) -> Flags:
    return np.asarray(trial.treated & (trial.arm == arm))


def _baseline(settings: Settings, arm: Ints, rng: np.random.Generator) -> dict[str, Any]:
    n, number, share = len(arm), settings.number, settings.share
    margins = [[settings.margins[f"{name}_{side}"] for side in ARMS] for name in ("age", "size")]
    age_sd = np.array([float(margins[0][0]["sd"]), number("age_sda_sd")])[arm]
    age = np.array([float(m["mean"]) for m in margins[0]])[arm] + age_sd * rng.standard_normal(n)
    above = np.array([float(m["mean"]) for m in margins[1]])[arm] - number("smallest_size_cm")
    size_sd = np.array([float(m["sd"]) for m in margins[1]])[arm]
    shape = (above / size_sd) ** 2
    size = number("smallest_size_cm") + rng.gamma(shape) * size_sd**2 / above
    ecog, pvt = _stage(settings, arm, rng)
    edges = np.array([np.cumsum([share(f"{cause}_{side}") for cause in CAUSES]) for side in ARMS])
    cause = (rng.random(n)[:, None] >= edges[arm][:, :-1]).sum(axis=1)
    a5 = rng.random(n) < np.array([share(f"child_a5_{side}") for side in ARMS])[arm]
    points = np.where(a5, 5, np.where(rng.random(n) < number("child_b7_among_others"), 7, 6))
    multifocal = rng.random(n) < number("multifocal")
    bilobar = rng.random(n) < np.where(multifocal, number("bilobar_if_multifocal"), number("bilobar_if_single"))
    high = rng.random(n) < number("afp_ge_200")
    u = rng.random(n)
    return {
        "delay": np.floor(rng.uniform(*_limits(settings, "delay_days"), n)), "age": np.clip(age, 30.0, 89.0).round(),
        "female": rng.random(n) < number("female"), "points": points.astype(np.int64), "ecog": ecog, "pvt": pvt,
        "cause": cause.astype(np.int64), "tumours": np.where(multifocal, rng.integers(2, 6, n), 1).astype(np.int64),
        "multifocal": multifocal, "bilobar": bilobar, "prior": rng.random(n) < number("prior_therapy"),
        "afp": np.where(high, 210.0 * 200.0**u, 2.0 * 95.0**u), "size": 10 * np.clip(size, 7.1, 25.0),
    }  # fmt: skip


def _limits(settings: Settings, name: str) -> tuple[float, float]:
    page = settings.assumptions[name]
    return float(page["low"]), float(page["high"])


def _stage(settings: Settings, arm: Ints, rng: np.random.Generator) -> tuple[Ints, Flags]:
    """Performance status and thrombosis with the printed shares of both and of stage B, which has neither."""
    cells = []
    for side in ARMS:
        b, ecog_0, pvt = (settings.share(f"{name}_{side}") for name in ("bclc_b", "ecog_0", "pvt"))
        cells.append(np.cumsum([b, ecog_0 - b, pvt - ecog_0 + b]))
    kind = (rng.random(len(arm))[:, None] >= np.array(cells)[arm]).sum(axis=1)
    return (kind >= 2).astype(np.int64), (kind == 1) | (kind == 2)


def _dosimetry(settings: Settings, arm: Ints, size: Floats, tumours: Ints, rng: np.random.Generator) -> dict[str, Any]:
    """Doses by arm, volumes that can have them, and the activity both need."""
    n, number = len(arm), settings.number
    first, second = rng.standard_normal((2, n))
    r = number("td_pld_correlation")
    td = _log_normal(settings, "td", "td_ge205", TD_GY, arm, first)
    pld = _log_normal(settings, "pld", "pld_ge150", PLD_GY, arm, r * first + np.sqrt(1 - r * r) * second)
    tumour = np.pi / 6 * (size / 10) ** 3 * number("tumour_shape") + 8.0 * (tumours - 1)
    page = settings.assumptions["normal_volume_ml"]
    healthy = float(page["median"]) * np.exp(float(page["sd_log"]) * rng.standard_normal(n))
    reached = rng.uniform(*_limits(settings, "perfused_share"), n) * healthy
    most = np.minimum(0.9, 0.85 * pld / td)  # the perfused normal liver has a dose above zero
    whole = tumour  # what is perfused of it is less where it is too large for that
    tumour = np.minimum(whole, most / (1 - most) * reached)
    perfused = tumour + reached
    fraction = tumour / perfused
    normal = (pld - fraction * td) / (1 - fraction)
    k, density = number("mird_gy_kg_per_gbq"), number("density_g_per_ml")
    energy = pld * perfused * density / 1000
    residual = rng.uniform(*_limits(settings, "residual_percent"), n)
    lung_mass = np.clip(rng.normal(0.9, 0.1, n), 0.6, 1.2)
    most = number("lung_dose_limit_gy") * lung_mass
    shunt = np.clip(np.exp(rng.normal(1.5, 0.6, n)), 0.5, 100 * most / (energy + most))
    activity = energy / (k * (1 - residual / 100) * (1 - shunt / 100))
    return {
        "tumour_dose": td, "perfused_dose": pld, "normal_dose": normal, "tumour_volume": tumour,
        "perfused_volume": perfused, "liver_volume": whole + healthy, "whole_tumour": whole, "activity": activity,
        "residual": residual, "lung_shunt": shunt, "lung_mass": lung_mass,
        "lung_dose": k * activity * (1 - residual / 100) * shunt / 100 / lung_mass,
    }  # fmt: skip


def _log_normal(settings: Settings, name: str, margin: str, cut: float, arm: Ints, score: Floats) -> Floats:
    """Log-normal doses whose share from `cut` is printed for both arms together and assumed for the first."""
    page = settings.assumptions[name]
    both, first = settings.share(margin), float(page["share_pda"])
    shares, sds = np.array([first, 2 * both - first]), np.array([float(page["sd_log_pda"]), float(page["sd_log_sda"])])
    centre = np.log(cut) + sds * normal_quantile(shares)
    return np.asarray(np.exp(centre[arm] + sds[arm] * np.clip(score, -3.0, 3.0)), dtype=np.float64)


def _log_risk(settings: Settings, base: Mapping[str, Any], dose: Mapping[str, Any]) -> Floats:
    """Sum of coefficients of what is known before resection."""
    flags = {
        "bilobar": base["bilobar"], "multifocal": base["multifocal"], "child_a6_b7": base["points"] > 5,
        "ecog_1": base["ecog"] == 1, "cirrhosis": base["cause"] != 0, "pvt": base["pvt"],
        "afp_ge_200": base["afp"] >= 200,
        "td_ge205": dose["tumour_dose"] >= TD_GY, "pld_ge150": dose["perfused_dose"] >= PLD_GY,
    }  # fmt: skip
    known = settings.assumptions["log_hazard"]
    total = np.zeros(len(base["age"]))
    for name, flag in flags.items():
        total = total + float(known[name]) * flag
    return np.asarray(total, dtype=np.float64)


def _course(
    settings: Settings, found: Solved, arm: Ints, base: Mapping[str, Any], dose: Mapping[str, Any], log_risk: Floats,
    rng: np.random.Generator,
) -> dict[str, Any]:  # fmt: skip
    """Response at three months, resection of some who responded and live, death or last contact."""
    n, shape = len(arm), settings.number("weibull_shape")
    threshold = rng.exponential(size=n)
    rate = np.exp(log_risk)
    untouched = found.scale_days * (threshold / rate) ** (1 / shape)
    scanned = untouched > SCAN_DAY
    slope = settings.number("response_per_log_dose")
    odds = np.array(found.response)[arm] + slope * np.log(dose["tumour_dose"] / TD_GY)
    response = scanned & (rng.random(n) < expit(odds))
    low, high = _limits(settings, "resection_month")
    day = np.floor(30.4375 * low * (high / low) ** rng.random(n))
    ready = response & (untouched > day + 1)
    wanted = np.where(base["bilobar"], settings.number("resectable_if_bilobar"), 1.0)
    resected = ready & (rng.random(n) < wanted * np.array(found.resection)[arm])
    before = rate * (day / found.scale_days) ** shape
    left = (threshold - before) / (rate * np.exp(float(settings.assumptions["log_hazard"]["resection"])))
    later = found.scale_days * (np.maximum(left, 0.0) + (day / found.scale_days) ** shape) ** (1 / shape)
    death = np.ceil(np.where(resected, later, untouched))
    page = settings.assumptions["censoring_months"]
    side = rng.random(n)
    middle = float(settings.margins["follow_up"]["median"])
    months = np.where(side < 0.5, page["low"] + (middle - page["low"]) * 2 * side,
                      middle + (page["high"] - middle) * (2 * side - 1))  # fmt: skip
    contact = np.floor(30.4375 * months) - base["delay"]
    died = death <= contact
    return {
        "scanned": scanned, "response": response, "resection": np.where(resected, day, np.nan),
        "end": np.maximum(np.where(died, death, contact), 1.0), "died": died,
    }  # fmt: skip


def _response_intercepts(settings: Settings, trial: Trial) -> tuple[float, float]:
    """Intercepts that give each arm the printed rate of all its treated patients among those scanned."""
    found = []
    for k, name in enumerate(ARMS):
        own = _own(trial, k)
        share = settings.share(f"response_{name}") * float(own.sum()) / float((own & trial.scanned).sum())
        offset = settings.number("response_per_log_dose") * np.log(trial.tumour_dose[own & trial.scanned] / TD_GY)
        found.append(at_rate(share, offset))
    return found[0], found[1]
