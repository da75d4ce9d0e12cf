"""What happened after treatment: response first, then the scans and laboratory values that fit it.

Response, survival, AFP fall and toxicity are drawn from logistic lines and hazards whose coefficients are solved from
the printed margins. Measurements are then drawn inside the limits of the category they must show. Nothing here computes
a category from a measurement: the derivations that do so are tested against this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.simulate.margins import at_rate, of_margin, rate_and_ratio, rate_line
from y90outcomes.simulate.numerics import expit, normal_cdf, normal_quantile, root
from y90outcomes.simulate.patients import Flags, Floats, Ints, Patients, Words
from y90outcomes.simulate.settings import Settings

DAYS_PER_MONTH = 30.4375
VISITS = ("baseline", "day_42", "day_90", "day_180", "month_12")
FIRST_DAY = 35.0
"""A patient not followed for five weeks is never scanned: not evaluable."""
REFERENCE_DOSE = 216.0
"""Gy; the dose at which a line's covariate, the logarithm of the dose ratio, is zero."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything the course is drawn from, solved from the printed margins; written to truth/parameters.yaml.

    A line is (intercept, slope) of a logit in ln(TAD / 216 Gy). `scale_days` is of the Weibull survival at 0 Gy.
    """

    response_all: tuple[float, float]
    complete_all: tuple[float, float]
    response_target_given_dose: float
    recist_target: tuple[float, float]
    keep_recist: float
    keep_other: float
    log_hazard_per_gy: float
    shape: float
    scale_days: float
    censoring_log_median: float
    censoring_log_sd: float


def solve(settings: Settings) -> Parameters:
    """The coefficients behind the printed margins, on a fixed grid of doses; deterministic, no random draw."""
    grid = (np.arange(4000) + 0.5) / 4000
    dose = np.clip(of_margin(settings.margins["tad"])(normal_quantile(grid)), 14.0, 1500.0)
    x = np.log(dose / REFERENCE_DOSE)
    stratum = np.digitize(dose, [200.0, 300.0])
    share = settings.share
    line = rate_line({0: share("orr_below_200"), 2: share("orr_above_300")}, stratum, x)
    line = (at_rate(share("orr_mrecist"), line[1] * x), line[1])
    complete = rate_line({0: share("cr_below_200"), 2: share("cr_above_300")}, stratum, x)
    margins = settings.margins
    ratio = float(np.log(margins["gm_tad_recist"]["mean"] / margins["gm_tad_recist_others"]["mean"]))
    recist = rate_and_ratio(share("orr_recist_target"), ratio, x)
    kept = share("orr_recist") / share("orr_recist_target")
    other = (share("orr_mrecist") - share("orr_recist")) / (share("orr_mrecist_target") - share("orr_recist_target"))
    hazard = float(np.log(margins["hr_per_100_gy"]["estimate"])) / 100
    shape = settings.number("weibull_shape")
    scale = _scale(float(margins["os_median"]["median"]) * DAYS_PER_MONTH, dose, hazard, shape)
    censoring = settings.assumptions["censoring_months"]
    return Parameters(
        response_all=line, complete_all=complete,
        response_target_given_dose=share("orr_mrecist_target") / share("orr_mrecist"),
        recist_target=recist, keep_recist=kept, keep_other=other, log_hazard_per_gy=hazard, shape=shape,
        scale_days=scale, censoring_log_median=float(np.log(censoring["median"] * DAYS_PER_MONTH)),
        censoring_log_sd=float(censoring["sd_log"]),
    )  # fmt: skip


def _scale(median: float, dose: Floats, hazard: float, shape: float) -> float:
    """Weibull scale at 0 Gy whose mixture over the doses has the overall median."""
    risk = np.exp(hazard * dose)
    return float(np.exp(root(lambda s: float(np.exp(-((median / np.exp(s)) ** shape) * risk).mean()) - 0.5, 0.0, 20.0)))


@dataclass(frozen=True, slots=True)
class Course:
    """n courses; NaN or "" where something did not happen. Days from treatment; visits in columns (VISITS).

    best, best_target   criterion -> best category of all lesions, of the target lesion
    category            criterion -> n × visits category at each scan, "" without one
    scan_day, ct        n × visits; a scan's modality is CT or MRI, one per patient
    longest, viable, density  n × visits ratio to baseline, NaN without a scan
    new_lesion          n × visits
    death, progression, end   day of death and first progression (NaN without), last day seen
    bilirubin_grade, lymphocyte_grade  worst emergent grade within 90 days, 0 for none
    onset               n × 2 visit (1 or 2) at which the laboratory event of each shows
    afp_band            0 below 20, 1 from 20, 2 from 200 ng/mL
    afp_fall            share of the baseline left at day 90, NaN where not measured
    lab_day             n × 3 day of the baseline, day-42 and day-90 sample, NaN without one
    events              term -> grade of the reported adverse event, 0 for none
    """

    best: Mapping[str, Words]
    best_target: Mapping[str, Words]
    best_visit: Ints
    category: Mapping[str, Words]
    target_category: Mapping[str, Words]
    scan_day: Floats
    ct: Flags
    longest: Floats
    viable: Floats
    density: Floats
    new_lesion: Flags
    death: Floats
    progression: Floats
    end: Floats
    cause: Words
    bilirubin_grade: Ints
    lymphocyte_grade: Ints
    onset: Ints
    afp_band: Ints
    afp_baseline: Floats
    afp_left: Floats
    afp_response_20: Flags
    afp_response_200: Flags
    lab_day: Floats
    events: Mapping[str, Ints]
    systemic_day: Floats


def draw_course(settings: Settings, found: Parameters, people: Patients, rng: np.random.Generator) -> Course:
    """Draw the course of every patient; the order of the draws is fixed."""
    n = len(people.tad)
    death, end, cause = _survival(settings, found, people, rng)
    best, best_target, downgraded = _best(settings, found, people, end, rng)
    scan, visit = _scans(settings, end, best_target["mrecist"], rng)
    shown, progression = _measured(settings, best_target, best, downgraded, scan, visit, end, people, rng)
    labs = _sample_days(settings, end, rng)
    bilirubin = _grades([settings.share("ae_bilirubin"), settings.share("ae_bilirubin_grade_3")], n, rng)
    lymphocytes = _grades([settings.share("ae_lymphocytes"), settings.share("ae_lymphocytes") * 0.2], n, rng)
    onset = np.column_stack([rng.integers(1, 3, n), rng.integers(1, 3, n)])
    labs, onset = _onset(labs, onset, np.column_stack([bilirubin, lymphocytes]), progression, end)
    band, baseline, left, partial, half = _afp(settings, people, labs, rng)
    next_day = np.maximum(progression + 14, 100.0)  # no other therapy before the 3-month imaging
    later = (rng.random(n) < settings.number("systemic_after_progression")) & (next_day < end)
    return Course(
        best=best, best_target=best_target, best_visit=visit, category=shown["category"],
        target_category=shown["target"], scan_day=scan, ct=rng.random(n) < settings.number("ct_share"),
        longest=shown["longest"], viable=shown["viable"], density=shown["density"], new_lesion=shown["new"],
        death=death, progression=progression, end=end, cause=cause, bilirubin_grade=bilirubin,
        lymphocyte_grade=lymphocytes, onset=onset, afp_band=band, afp_baseline=baseline, afp_left=left,
        afp_response_20=partial, afp_response_200=half, lab_day=labs,
        events=_events(settings, bilirubin, lymphocytes, n, rng),
        systemic_day=np.where(later, next_day, np.nan),
    )  # fmt: skip


def _survival(
    settings: Settings, found: Parameters, people: Patients, rng: np.random.Generator
) -> tuple[Floats, Floats, Words]:
    n = len(people.tad)
    risk = np.exp(found.log_hazard_per_gy * people.tad)
    death = np.ceil(found.scale_days * (rng.exponential(size=n) / risk) ** (1 / found.shape))
    censored = np.exp(found.censoring_log_median + found.censoring_log_sd * rng.standard_normal(n))
    low, high = (float(settings.margins["follow_up"][key]) * DAYS_PER_MONTH for key in ("low", "high"))
    censored = np.floor(np.clip(censored, low, high))
    death = np.maximum(death, np.floor(low))
    end = np.minimum(death, censored)
    causes = settings.assumptions["death_cause"]
    cause = rng.choice(list(causes), n, p=list(causes.values()))
    died = death <= censored
    return np.where(died, death, np.nan), end, np.where(died, cause, "")


def _best(
    settings: Settings, found: Parameters, people: Patients, end: Floats, rng: np.random.Generator
) -> tuple[dict[str, Words], dict[str, Words], Flags]:
    """Best categories of the target and of all lesions, RECIST inside mRECIST, and who is downgraded by a new lesion.

    Patients gone before the first scan are not evaluable; the others respond so much more often that the printed rate,
    whose denominator is everyone, holds.
    """
    x = np.log(people.tad / REFERENCE_DOSE)
    n = len(x)
    seen = end >= FIRST_DAY
    evaluable = _seen(found, people.tad)
    all_ = np.clip(expit(found.response_all[0] + found.response_all[1] * x) / evaluable, 0, 1)
    target = np.clip(all_ * found.response_target_given_dose, 0, 0.99)
    recist = np.clip(expit(found.recist_target[0] + found.recist_target[1] * x) / evaluable / target, 0, 1)
    complete = np.clip(expit(found.complete_all[0] + found.complete_all[1] * x) / evaluable / all_, 0, 1)
    u, v, w, keep, rest, gone = rng.random((6, n))
    responds = seen & (u < target)
    shrinks = responds & (v < recist)
    vanishes = responds & (w < complete)
    downgraded = responds & (keep >= np.where(shrinks, found.keep_recist, found.keep_other))
    without = settings.assumptions["reported_best_without_response"]
    other = np.where(seen, np.where(rest < without["PD"], "PD", "SD"), "NE")
    mrecist = np.where(responds, np.where(vanishes, "CR", "PR"), other)
    gone_too = vanishes & shrinks & (gone < settings.number("recist_complete_among_mrecist_complete"))
    by_size = np.where(shrinks, np.where(gone_too, "CR", "PR"), np.where(responds, "SD", other))
    best_target = {"mrecist": mrecist, "recist_1_1": by_size}
    best = {name: np.where(downgraded, "PD", values) for name, values in best_target.items()}
    return best, best_target, downgraded


def _seen(found: Parameters, dose: Floats) -> Floats:
    """Chance of being followed to the first scan, by dose."""
    alive = np.exp(-((FIRST_DAY / found.scale_days) ** found.shape) * np.exp(found.log_hazard_per_gy * dose))
    score = (np.log(FIRST_DAY) - found.censoring_log_median) / found.censoring_log_sd
    return np.asarray(alive * (1 - normal_cdf(score)), dtype=np.float64)


def _scans(settings: Settings, end: Floats, target: Words, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Scan days (baseline first) and the column of the best response; every evaluable patient has a scan."""
    n = len(end)
    days = np.column_stack([
        -rng.integers(1, 29, n), rng.integers(42, 59, n), rng.integers(70, 111, n), rng.integers(160, 201, n),
        rng.integers(300, 391, n),
    ]).astype(float)  # fmt: skip
    alive = np.array([(end >= day).mean() for day in (0, 50, 90, 180, 345)])
    wanted = [1.0, settings.number("scan_day_42"), settings.share("scan_day_90"), settings.share("scan_day_180"),
              settings.number("scan_month_12")]  # fmt: skip
    chance = np.minimum(np.asarray(wanted) / np.maximum(alive, 1e-9), 1.0)
    there = rng.random((n, 5)) < chance
    there[:, 0] = True
    there &= days < np.maximum(end, 1.0)[:, None]
    evaluable = target != "NE"
    lost = evaluable & ~there[:, 1:].any(axis=1)
    days[lost, 1] = np.minimum(days[lost, 1], end[lost] - 1)
    # the first scan of a patient lost early comes before day 42; a stable disease so short is still what the site wrote
    there[lost, 1] = True
    there[~evaluable, 1:] = False
    order = np.where(there[:, 1:], rng.random((n, 4)) * np.array([1.0, 1.6, 4.0, 8.0]), np.inf)
    best = np.where(evaluable, order.argmin(axis=1) + 1, 0)
    return np.where(there, days, np.nan), best.astype(np.int64)


def _measured(
    settings: Settings, best_target: Mapping[str, Words], best: Mapping[str, Words], downgraded: Flags,
    scan: Floats, visit: Ints, end: Floats, people: Patients, rng: np.random.Generator,
) -> tuple[dict[str, Any], Floats]:  # fmt: skip
    """Ratios to baseline visit by visit that show the drawn categories, and the day of first progression.

    Before the best visit a lesion is stable and shrinks a little, at it the ratio lies well inside the category, after
    it the ratio hardly moves until progression. Margins are wide enough for a site's rounding to 1 mm.
    """
    n, width = scan.shape
    responds = np.isin(best_target["mrecist"], ("CR", "PR"))
    grows_first = best_target["mrecist"] == "PD"
    there = ~np.isnan(scan)
    there[:, 0] = False
    first = np.where(there.any(axis=1), there.argmax(axis=1), width)
    start = np.where(visit > 0, scan[np.arange(n), visit], np.nan)
    wait = rng.exponential(settings.number("months_to_progression") * DAYS_PER_MONTH / np.log(2), n)
    free = start + 1 + wait
    at = np.full(n, width)
    for j in range(width - 1, 0, -1):
        at = np.where(there[:, j] & (scan[:, j] >= free), j, at)
    at = np.where(grows_first | downgraded, first, at)
    at = np.where(visit == 0, width, at)
    found_at = np.where(at < width, scan[np.arange(n), np.minimum(at, width - 1)], np.nan)
    progression = np.where(at < width, found_at, np.where(free < end, np.ceil(free), np.nan))
    by_new = np.where(grows_first & ~downgraded, rng.random(n) < 0.3, responds | (rng.random(n) < 0.3))
    by_new |= downgraded
    viable_best = np.where(best_target["mrecist"] == "CR", 0.0, rng.uniform(0.3, 0.64, n))
    shrink = rng.uniform(0.42, 0.64, n)
    longest_best = np.where(best_target["recist_1_1"] == "CR", 0.0, np.maximum(shrink, viable_best))
    longest_best = np.where(np.isin(best_target["recist_1_1"], ("CR", "PR")), longest_best, rng.uniform(0.85, 0.9, n))
    dense_best = rng.uniform(0.6, 0.78, n)
    growth = rng.uniform(1.3, 1.5, n)
    longest, viable, density = (np.full((n, width), np.nan) for _ in range(3))
    longest[:, 0] = viable[:, 0] = density[:, 0] = 1.0
    new = np.zeros((n, width), dtype=bool)
    category = {name: np.full((n, width), "", dtype="<U2") for name in best}
    target = {name: np.full((n, width), "", dtype="<U2") for name in best}
    for j in range(1, width):
        here = there[:, j]
        stable = 0.975 - 0.008 * j - rng.uniform(0, 0.006, n)
        responded = responds & (j >= visit)
        drift = 1 + 0.005 * np.maximum(j - visit, 0) + rng.uniform(0.0, 0.035, n)
        size = np.where(responded, longest_best * drift, stable)
        live = np.where(responded, viable_best * drift, stable)
        progressed = j >= at
        bigger = progressed & ~by_new
        grown = growth * (1 + 0.08 * np.maximum(j - at, 0))
        size, live = np.where(bigger, grown, size), np.where(bigger, grown, live)
        longest[:, j] = np.where(here, size, np.nan)
        viable[:, j] = np.where(here, live, np.nan)
        density[:, j] = np.where(here, np.where(responded, dense_best, 1.0) * rng.uniform(0.96, 1.03, n), np.nan)
        new[:, j] = here & progressed & by_new
        for name in best:
            shows = np.where(responded, best_target[name], "SD")
            own = np.where(bigger, "PD", shows)
            target[name][:, j] = np.where(here, own, "")
            category[name][:, j] = np.where(here, np.where(progressed, "PD", shows), "")
    shown = {"category": category, "target": target, "longest": longest, "viable": viable, "density": density,
             "new": new}  # fmt: skip
    return shown, progression


def _sample_days(settings: Settings, end: Floats, rng: np.random.Generator) -> Floats:
    n = len(end)
    days = np.column_stack([-rng.integers(0, 15, n), rng.integers(30, 56, n), rng.integers(72, 90, n)]).astype(float)
    chance = settings.assumptions["laboratory_visit"]
    there = rng.random((n, 2)) < [chance["day_42"], chance["day_90"]]
    days[:, 1:] = np.where(there & (days[:, 1:] < end[:, None]), days[:, 1:], np.nan)
    return days


def _grades(shares: list[float], n: int, rng: np.random.Generator) -> Ints:
    """Worst emergent grade: 0, 1, 2, 3 or 4 with the printed shares of any grade and of grade 3 or more."""
    any_, high = shares
    u = rng.random(n)
    steps = np.array([1 - any_, 1 - any_ + (any_ - high) * 0.6, 1 - high, 1 - high * 0.1])
    return np.searchsorted(steps, u, side="right").astype(np.int64)


def _onset(labs: Floats, onset: Ints, grades: Ints, progression: Floats, end: Floats) -> tuple[Floats, Ints]:
    """A laboratory event needs a sample that shows it, before any progression; a missing one is taken at day 42."""
    labs = labs.copy()
    for k in range(grades.shape[1]):
        event = grades[:, k] > 0
        day = labs[np.arange(len(labs)), onset[:, k]]
        onset[event & np.isnan(day), k] = 1
    needed = (grades > 0) & (onset == 1)
    lacking = needed.any(axis=1) & np.isnan(labs[:, 1])
    labs[lacking, 1] = 35.0
    severe = grades[:, 0] >= 3  # counted without progression: the sample comes first
    onset[severe, 0] = 1
    labs[severe & np.isnan(labs[:, 1]), 1] = 35.0
    limit = np.minimum(np.where(severe & ~np.isnan(progression), progression - 1, np.inf), end - 1)
    labs[:, 1] = np.maximum(np.minimum(labs[:, 1], limit), 1.0)
    labs[:, 2] = np.where(labs[:, 2] >= end, np.nan, labs[:, 2])
    gone = np.isnan(labs[:, 2])
    onset[gone[:, None] & (onset == 2)] = 1
    return labs, onset


def _afp(
    settings: Settings, people: Patients, labs: Floats, rng: np.random.Generator
) -> tuple[Ints, Floats, Floats, Flags, Flags]:
    """AFP: band, baseline, share left at day 90 and who responded (a missing day-90 value is no response)."""
    n = len(people.tad)
    top, raised = settings.share("afp_ge_200"), settings.share("afp_ge_20")
    u = rng.random(n)
    band = np.where(u < top, 2, np.where(u < raised, 1, 0)).astype(np.int64)
    spread = settings.assumptions["afp_band_spread"]
    low = np.exp(rng.uniform(np.log(spread["low"]), np.log(19.0), n))
    middle = np.exp(rng.uniform(np.log(21.0), np.log(190.0), n))
    high = np.minimum(210 * np.exp(rng.exponential(spread["high_scale"], n)), 900_000.0)
    baseline = np.choose(band, [low, middle, high])
    measured = ~np.isnan(labs[:, 2])
    x = settings.number("afp_slope_per_log_dose") * np.log(people.tad / REFERENCE_DOSE)
    printed = settings.margins
    partial_only = settings.number("afp_partial_fall")
    upper = printed["afp_response_200"]["count"] / printed["afp_response_200"]["of"]
    lower = (printed["afp_response_20"]["count"] - (upper + partial_only) * printed["afp_ge_200"]["count"]) / (
        printed["afp_ge_20"]["count"] - printed["afp_ge_200"]["count"]
    )
    rates = {2: upper, 1: max(lower, 0.01)}
    responds = np.zeros(n, dtype=bool)
    v = rng.random(n)
    for level, rate in rates.items():
        among = band == level
        if among.sum() < 1 or not measured.any():
            continue
        share = min(rate / float(measured.mean()), 0.98)
        p = expit(at_rate(share, x) + x)
        responds |= among & measured & (v < p)
    partial = measured & (band == 2) & ~responds & (rng.random(n) < partial_only / (1 - upper))
    left = np.where(responds & (band == 2), rng.uniform(0.05, 0.46, n), rng.uniform(0.85, 2.0, n))
    left = np.where(responds & (band == 1), rng.uniform(0.1, 0.75, n), left)
    left = np.where(partial, rng.uniform(0.54, 0.76, n), left)
    left = np.where(measured, left, np.nan)
    return band, baseline, left, responds | partial, responds & (band == 2)


def _events(
    settings: Settings, bilirubin: Ints, lymphocytes: Ints, n: int, rng: np.random.Generator
) -> dict[str, Ints]:
    """Reported adverse events: grade by term, 0 for none. Laboratory terms are graded from samples, not reported."""
    severe = settings.number("ae_grade_3_given_event")
    shares = {"ascites": settings.share("ae_ascites"), "fatigue": settings.share("ae_fatigue"),
              "abdominal_pain": settings.share("ae_pain"), "other": settings.number("ae_other")}  # fmt: skip
    events: dict[str, Ints] = {}
    for term, share in shares.items():
        happened = rng.random(n) < share
        grade = np.where(rng.random(n) < severe, 3, rng.integers(1, 3, n))
        events[term] = np.where(happened, grade, 0).astype(np.int64)
    calm = bilirubin < 3  # the printed case is one without grade 3 hyperbilirubinaemia
    failure = calm & (rng.random(n) < settings.share("hepatic_failure"))
    events["hepatic_failure"] = np.where(failure, 4, 0).astype(np.int64)
    return events
