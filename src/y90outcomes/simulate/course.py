"""What happened after treatment: survival, best response, scans, toxicity and AFP.

Response, survival, AFP fall and toxicity are drawn from logistic lines and hazards whose coefficients are solved from
the printed margins. What scans and samples show is then drawn inside the limits of the category or grade (responses.py,
grades.py). Nothing here computes a category from a measurement: the derivations that do so are tested against this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from y90outcomes.simulate.margins import at_rate, of_margin, rate_and_ratio, rate_line
from y90outcomes.simulate.numerics import expit, normal_cdf, normal_quantile, root
from y90outcomes.simulate.patients import Flags, Floats, Ints, Patients, Words
from y90outcomes.simulate.responses import DAYS_PER_MONTH, Best, Shown, show
from y90outcomes.simulate.settings import Settings

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

    best          best responses as drawn
    best_visit    column of the best response, 0 without a scan
    scan_day, ct  n × visits; a scan's modality is CT or MRI, one per patient
    shown         what the scans show
    death, progression, end  day of death and first progression (NaN without), last day seen
    bilirubin_grade, lymphocyte_grade  worst emergent grade within 90 days, 0 for none
    onset               n × 2 visit (1 or 2) at which the laboratory event of each shows
    afp_band            0 below 20, 1 from 20, 2 from 200 ng/mL
    afp_fall            share of the baseline left at day 90, NaN where not measured
    lab_day             n × 3 day of the baseline, day-42 and day-90 sample, NaN without one
    events        term -> grade of the reported adverse event, 0 for none
    switch_day    another liver treatment before the target lesion responds, NaN without
    systemic_day  start of a later systemic therapy, NaN without
    """

    best: Best
    best_visit: Ints
    scan_day: Floats
    ct: Flags
    shown: Shown
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
    switch_day: Floats
    systemic_day: Floats


def draw_course(settings: Settings, found: Parameters, people: Patients, rng: np.random.Generator) -> Course:
    """Draw the course of every patient; the order of the draws is fixed."""
    n = len(people.tad)
    death, end, cause = _survival(settings, found, people, rng)
    best = _best(settings, found, people, end, rng)
    scan, visit = _scans(settings, end, best.target["mrecist"], rng)
    switch = _switch(settings, best, scan, visit, rng)
    shown = show(settings, best, scan, visit, switch, end, people, rng)
    progression = shown.progression
    labs = _sample_days(settings, end, rng)
    bilirubin = _grades([settings.share("ae_bilirubin"), settings.share("ae_bilirubin_grade_3")], n, rng)
    lymphocytes = _grades([settings.share("ae_lymphocytes"), settings.share("ae_lymphocytes") * 0.2], n, rng)
    onset = np.column_stack([rng.integers(1, 3, n), rng.integers(1, 3, n)])
    labs, onset = _onset(labs, onset, np.column_stack([bilirubin, lymphocytes]), progression, end)
    band, baseline, left, partial, half = _afp(settings, people, labs, rng)
    seen = np.where(best.downgraded, scan[np.arange(n), visit], -np.inf)
    # no other therapy before the 3-month imaging, nor before a target lesion has shown its best
    next_day = np.maximum(np.maximum(progression + 14, seen + 1), 100.0)
    later = (rng.random(n) < settings.number("systemic_after_progression")) & (next_day < end)
    return Course(
        best=best, best_visit=visit, scan_day=scan, ct=rng.random(n) < settings.number("ct_share"), shown=shown,
        death=death, progression=progression, end=end, cause=cause, bilirubin_grade=bilirubin,
        lymphocyte_grade=lymphocytes, onset=onset, afp_band=band, afp_baseline=baseline, afp_left=left,
        afp_response_20=partial, afp_response_200=half, lab_day=labs,
        events=_events(settings, bilirubin, lymphocytes, n, rng),
        switch_day=switch, systemic_day=np.where(later, next_day, np.nan),
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


def _best(settings: Settings, found: Parameters, people: Patients, end: Floats, rng: np.random.Generator) -> Best:
    """Best categories of the target and of all lesions, RECIST inside mRECIST, and who is downgraded by other disease.

    Patients gone before the first scan are not evaluable; the others respond so much more often that the printed rate,
    whose denominator is everyone, holds; likewise complete targets, where something else may be left.
    """
    x = np.log(people.tad / REFERENCE_DOSE)
    n = len(x)
    seen = end >= FIRST_DAY
    evaluable = _seen(found, people.tad)
    all_ = np.clip(expit(found.response_all[0] + found.response_all[1] * x) / evaluable, 0, 1)
    target = np.clip(all_ * found.response_target_given_dose, 0, 0.99)
    recist = np.clip(expit(found.recist_target[0] + found.recist_target[1] * x) / evaluable / target, 0, 1)
    left, others = settings.assumptions["left_in_complete"], people.others.any(axis=1)
    whole_too = (1 - left["non_target"] * others) * (1 - left["thrombus"] * people.pvt)
    complete = np.clip(expit(found.complete_all[0] + found.complete_all[1] * x) / evaluable / all_ / whole_too, 0, 1)
    u, v, w, keep, rest, gone = rng.random((6, n))
    responds = seen & (u < target)
    shrinks = responds & (v < recist)
    vanishes = responds & (w < complete)
    downgraded = responds & (keep >= np.where(shrinks, found.keep_recist, found.keep_other))
    without = settings.assumptions["reported_best_without_response"]
    poor = np.where(seen, np.where(rest < without["PD"], "PD", "SD"), "NE")
    mrecist = np.where(responds, np.where(vanishes, "CR", "PR"), poor)
    gone_too = vanishes & shrinks & (gone < settings.number("recist_complete_among_mrecist_complete"))
    by_size = np.where(shrinks, np.where(gone_too, "CR", "PR"), np.where(responds, "SD", poor))
    of_target = {"mrecist": mrecist, "recist_1_1": by_size}
    stays, clots = rng.random((2, n))
    other = vanishes & others & (stays < left["non_target"])
    clot = vanishes & people.pvt & (clots < left["thrombus"])
    overall = {}
    for name, values in of_target.items():
        some_left = other | clot if name == "mrecist" else other
        overall[name] = np.where(downgraded, "PD", np.where((values == "CR") & some_left, "PR", values))
    return Best(of_target, overall, downgraded, other, clot)


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


def _switch(settings: Settings, best: Best, scan: Floats, visit: Ints, rng: np.random.Generator) -> Floats:
    """Day of chemoembolisation of a few whose response shows only after it; a scan before it was stable. NaN without.

    No other treatment comes before day 100, after the 3-month imaging.
    """
    n, width = scan.shape
    before = np.where((np.arange(width) > 0) & (np.arange(width) < visit[:, None]), scan, -np.inf)
    day = np.maximum(np.fmax.reduce(before, axis=1) + 5, 100.0)
    fits = np.isin(best.target["mrecist"], ("CR", "PR")) & ~best.downgraded & (before > 0).any(axis=1)
    fits &= day < scan[np.arange(n), visit]
    return np.where(fits & (rng.random(n) < settings.number("treated_before_response")), day, np.nan)


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
