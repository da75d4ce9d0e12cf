"""Coverage of 95 % intervals and size of 5 % tests on synthetic data whose truth is known.

`make bench` runs them and writes `reports/oracles/simulation.csv` and its figures; every draw comes from a seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator

from y90outcomes.estimators.auc import auc
from y90outcomes.estimators.auc_clustered import auc_clustered
from y90outcomes.estimators.chi_square import chi_square
from y90outcomes.estimators.cochran_armitage import cochran_armitage
from y90outcomes.estimators.cox import cox
from y90outcomes.estimators.fisher import fisher
from y90outcomes.estimators.gee import gee
from y90outcomes.estimators.geometric_means import geometric_mean_ratio
from y90outcomes.estimators.inverse_prediction import inverse_prediction
from y90outcomes.estimators.jonckheere_terpstra import jonckheere_terpstra
from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival, survival_at
from y90outcomes.estimators.log_rank import log_rank, log_rank_trend
from y90outcomes.estimators.logistic import logistic
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.numbers import Estimate
from y90outcomes.estimators.proportional_hazards import proportional_hazards
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.restricted_mean import restricted_mean
from y90outcomes.estimators.t_test import t_test
from y90outcomes.estimators.two_proportions import proportion_difference

Floats = np.ndarray


@dataclass(frozen=True, slots=True)
class Scenario:
    """draw     one replicate: True where the interval covers (coverage) or the test rejects (size), None for no answer
    promise  exact: equal to the nominal value; bound: at least 95 % or at most 5 %; near: within `slack` of it by
             large-sample theory; fails: known not to hold, shown so that nobody is surprised
    """

    name: str
    kind: str
    promise: str
    draw: Callable[[Generator], bool | None]
    data: str
    repeats: int = 2000
    slack: float = 0.0

    @property
    def nominal(self) -> float:
        """0.95 of an interval, 0.05 of a test."""
        return 0.95 if self.kind == "coverage" else 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """How often, out of how many replicates that gave an answer; `error` is the Monte Carlo standard error."""

    scenario: Scenario
    share: float
    n: int
    no_answer: int

    @property
    def error(self) -> float:
        return math.sqrt(self.scenario.nominal * (1.0 - self.scenario.nominal) / self.n)

    @property
    def holds(self) -> bool:
        """Whether the promise is kept within three and a half Monte Carlo errors."""
        of, off = self.scenario, self.share - self.scenario.nominal
        room = 3.5 * self.error
        if of.promise == "bound":
            return off >= -room if of.kind == "coverage" else off <= room
        if of.promise == "fails":
            return off < -5.0 * self.error if of.kind == "coverage" else off > 5.0 * self.error
        return abs(off) <= room + of.slack


def run(scenario: Scenario, seed: int) -> Found:
    """All replicates of one scenario; replicate i draws from the seed (seed, i)."""
    answers = [scenario.draw(np.random.default_rng([seed, index])) for index in range(scenario.repeats)]
    given = [answer for answer in answers if answer is not None]
    return Found(scenario, sum(given) / len(given), len(given), len(answers) - len(given))


def _covers(made: Estimate, truth: float) -> bool | None:
    """Limits not reached are infinite."""
    if not made.valid or ("estimate" not in made.not_reached and math.isnan(made.estimate)):
        return None
    lower = -math.inf if math.isnan(made.lower) and "lower" in made.not_reached else made.lower
    upper = math.inf if math.isnan(made.upper) and "upper" in made.not_reached else made.upper
    return None if math.isnan(lower) or math.isnan(upper) else lower <= truth <= upper


def _below(p: float) -> bool | None:
    return None if math.isnan(p) else p < 0.05


def _survival(rng: Generator, n: int, ratio: float = 1.0, share: float = 0.5) -> tuple[Floats, Floats, Floats]:
    """Exponential times with hazard 0.05 per month (times `ratio` in group 1), censored uniformly up to 60 months."""
    group = (rng.random(n) < share).astype(float)
    death = rng.exponential(1.0 / (0.05 * np.where(group == 1.0, ratio, 1.0)))
    end = rng.uniform(6.0, 60.0, n)
    return np.minimum(death, end), (death <= end).astype(float), group


def _dose(rng: Generator, n: int, slope: float) -> tuple[Floats, Floats]:
    """Dose in Gy, log-normal about 250, and response with log odds −2.5 + slope per 100 Gy."""
    dose = rng.lognormal(math.log(250.0), 0.5, n)
    chance = 1.0 / (1.0 + np.exp(2.5 - slope * dose / 100.0))
    return dose, (rng.random(n) < chance).astype(float)


def _lesions(rng: Generator, patients: int, shift: float) -> tuple[Floats, Floats, Floats]:
    """Two to six lesions a patient who share most of their score and their response."""
    count = rng.integers(2, 7, patients)
    who = np.repeat(np.arange(patients), count)
    shared = rng.normal(0.0, 1.0, patients)
    event = (rng.random(patients) < 0.5).astype(float)[who]
    flip = rng.random(len(who)) < 0.1
    event = np.where(flip, 1.0 - event, event)
    score = shift * event + 1.5 * shared[who] + rng.normal(0.0, 0.5, len(who))
    return score, event, who.astype(float)


def _clustered_truth(shift: float) -> float:
    """P(score of an event > score of a non-event) of lesions of different patients."""
    return 0.5 * math.erfc(-shift / math.sqrt(2.0 * (1.5**2 + 0.5**2)) / math.sqrt(2.0))


def _wilson(rng: Generator) -> bool | None:
    truth = rng.uniform(0.05, 0.95)
    return _covers(proportion(int(rng.binomial(60, truth)), 60), truth)


def _clopper(rng: Generator) -> bool | None:
    return _covers(proportion(int(rng.binomial(40, 0.15)), 40, interval="clopper_pearson"), 0.15)


def _newcombe(rng: Generator) -> bool | None:
    made = proportion_difference(int(rng.binomial(80, 0.6)), 80, int(rng.binomial(60, 0.4)), 60)
    return _covers(made, 0.2)


def _geometric(rng: Generator) -> bool | None:
    a, b = rng.lognormal(5.5, 0.6, 25), rng.lognormal(5.3, 0.6, 40)
    return _covers(geometric_mean_ratio(a, b, variance="pooled"), math.exp(0.2))


def _km(rng: Generator) -> bool | None:
    time, event, _ = _survival(rng, 120)
    return _covers(survival_at(kaplan_meier(time, event), [12.0])[0], math.exp(-0.6))


def _median(rng: Generator) -> bool | None:
    time, event, _ = _survival(rng, 150)
    return _covers(median_survival(kaplan_meier(time, event)), math.log(2.0) / 0.05)


def _rmst(rng: Generator) -> bool | None:
    time, event, _ = _survival(rng, 150)
    return _covers(restricted_mean(kaplan_meier(time, event), 24.0), (1.0 - math.exp(-1.2)) / 0.05)


def _cox(rng: Generator, inference: str) -> bool | None:
    time, event, group = _survival(rng, 150, ratio=0.6)
    term = cox(time, event, group, ["group"], inference=inference).terms[0]
    return None if not term.valid or math.isnan(term.lower) else term.lower <= 0.6 <= term.upper


def _logistic(rng: Generator, inference: str) -> bool | None:
    dose, event = _dose(rng, 200, 0.8)
    term = logistic(event, dose / 100.0, ["dose"], inference=inference).terms[0]
    return None if not term.valid or math.isnan(term.lower) else term.lower <= math.exp(0.8) <= term.upper


def _dose_for_half(rng: Generator, interval: str) -> bool | None:
    dose, event = _dose(rng, 200, 1.0)
    fit = logistic(event, dose, ["dose"])
    return _covers(inverse_prediction(fit, event, dose, 0.5, interval=interval), 250.0)


def _delong(rng: Generator) -> bool | None:
    event = (rng.random(160) < 0.4).astype(float)
    made = auc(rng.normal(event, 1.0), event, direction="higher")
    return _covers(made, 0.5 * math.erfc(-0.5))


def _clustered(rng: Generator, *, naive: bool) -> bool | None:
    score, event, who = _lesions(rng, 60, 1.5)
    if naive:
        return _covers(auc(score, event, direction="higher"), _clustered_truth(1.5))
    return _covers(auc_clustered(score, event, who, direction="higher").clustered, _clustered_truth(1.5))


def _gee(rng: Generator, *, naive: bool) -> bool | None:
    patients = 40
    who = np.repeat(np.arange(patients), 4)
    arm = (np.arange(patients) % 2).astype(float)[who]
    frailty = rng.normal(0.0, 1.2, patients)[who]
    event = (rng.random(len(who)) < 1.0 / (1.0 + np.exp(-frailty))).astype(float)
    if naive:
        return _below(logistic(event, arm, ["arm"]).terms[0].p)
    return _below(gee(event, arm, ["arm"], who).terms[0].p)


def _log_rank(rng: Generator, kind: str) -> bool | None:
    time, event, group = _survival(rng, 120)
    if kind == "trend":
        return _below(log_rank_trend(time, event, rng.integers(0, 3, 120)).p)
    strata = rng.integers(0, 4, 120) if kind == "stratified" else None
    return _below(log_rank(time, event, group, strata).test.p)


def _model_test(rng: Generator, family: str) -> bool | None:
    if family == "cox":
        time, event, group = _survival(rng, 120)
        return _below(cox(time, event, group, ["group"]).likelihood_ratio.p)
    dose, event = _dose(rng, 150, 0.0)
    shuffled = rng.permutation(event)
    return _below(logistic(shuffled, dose, ["dose"]).terms[0].p)


def _ph(rng: Generator) -> bool | None:
    time, event, group = _survival(rng, 150, ratio=0.5)
    fit = cox(time, event, group, ["group"])
    return _below(proportional_hazards(fit.kernel).overall.p)


def _groups(rng: Generator, kind: str) -> bool | None:
    a, b = rng.lognormal(5.5, 0.5, 18), rng.lognormal(5.5, 0.5, 30)
    if kind == "t":
        return _below(t_test(np.log(a), np.log(b), variance="pooled").p)
    if kind == "welch":
        return _below(t_test(rng.normal(0.0, 1.0, 18), rng.normal(0.0, 3.0, 30)).p)
    if kind == "pooled_unequal":
        return _below(t_test(rng.normal(0.0, 3.0, 12), rng.normal(0.0, 1.0, 48), variance="pooled").p)
    if kind == "jonckheere":
        return _below(jonckheere_terpstra([a, b, rng.lognormal(5.5, 0.5, 20)], method="normal").p)
    return _below(mann_whitney(a, b, method=kind).p)


def _table(rng: Generator, kind: str) -> bool | None:
    x, y = int(rng.binomial(60, 0.35)), int(rng.binomial(80, 0.35))
    if kind == "trend":
        z = int(rng.binomial(50, 0.35))
        return _below(cochran_armitage([x, y, z], [60, 80, 50]).p)
    table = [[x, 60 - x], [y, 80 - y]]
    return _below(fisher(table).p if kind == "fisher" else chi_square(table, correction=kind).p)


def _youden(rng: Generator) -> bool | None:
    """A score without any effect, split where Youden's index is largest, then tested as if the split were given."""
    score, event = rng.normal(size=100), (rng.random(100) < 0.4).astype(float)
    order = np.argsort(-score)
    sensitivity = np.cumsum(event[order]) / event.sum()
    false = np.cumsum(1.0 - event[order]) / (1.0 - event).sum()
    cut = score[order][int(np.argmax(sensitivity - false))]
    high = score >= cut
    table = [[int(event[high].sum()), int((~event[high].astype(bool)).sum())],
             [int(event[~high].sum()), int((~event[~high].astype(bool)).sum())]]  # fmt: skip
    return _below(chi_square(table).p)


def _immortal(rng: Generator) -> bool | None:
    """Resection without any effect, at a random time; those who die first never have it."""
    death, surgery = rng.exponential(20.0, 150), rng.exponential(15.0, 150)
    resected = (surgery < death).astype(float)
    return _below(cox(death, np.ones(150), resected, ["resected"]).terms[0].p)


def _time_dependent(rng: Generator) -> bool | None:
    death, surgery = rng.exponential(20.0, 150), rng.exponential(15.0, 150)
    switches = surgery < death
    start = np.concatenate([np.zeros(150), surgery[switches]])
    stop = np.concatenate([np.minimum(death, np.where(switches, surgery, np.inf)), death[switches]])
    event = np.concatenate([(~switches).astype(float), np.ones(int(switches.sum()))])
    state = np.concatenate([np.zeros(150), np.ones(int(switches.sum()))])
    return _below(cox(stop, event, state, ["resected"], start=start).terms[0].p)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("Wilson", "coverage", "near", _wilson, "60 patients, rates 5–95 %", slack=0.01),
    Scenario("Clopper–Pearson", "coverage", "bound", _clopper, "40 patients, rate 15 %"),
    Scenario("Newcombe difference", "coverage", "near", _newcombe, "80 and 60 patients, 60 and 40 %", slack=0.01),
    Scenario("Ratio of geometric means, pooled", "coverage", "exact", _geometric, "25 and 40 log-normal doses"),
    Scenario("Kaplan–Meier rate, log-log", "coverage", "near", _km, "120 patients, 12 months", slack=0.01),
    Scenario("Median survival, log-log", "coverage", "near", _median, "150 patients", slack=0.015),
    Scenario("Restricted mean to 24 months", "coverage", "near", _rmst, "150 patients", slack=0.01),
    Scenario("Hazard ratio, Wald", "coverage", "near", partial(_cox, inference="wald"), "150 patients", 1000, 0.01),
    Scenario(
        "Hazard ratio, profile",
        "coverage",
        "near",
        partial(_cox, inference="likelihood_ratio"),
        "150 patients",
        1000,
        0.01,
    ),
    Scenario(
        "Odds ratio, profile", "coverage", "near", partial(_logistic, inference="profile"), "200 patients", 1000, 0.01
    ),
    Scenario("Odds ratio, Wald", "coverage", "near", partial(_logistic, inference="wald"), "200 patients", 1000, 0.01),
    Scenario(
        "Dose for 50 %, profile",
        "coverage",
        "near",
        partial(_dose_for_half, interval="profile"),
        "200 patients",
        1000,
        0.01,
    ),
    Scenario(
        "Dose for 50 %, Fieller",
        "coverage",
        "near",
        partial(_dose_for_half, interval="fieller"),
        "200 patients",
        1000,
        0.01,
    ),
    Scenario(
        "Dose for 50 %, delta",
        "coverage",
        "near",
        partial(_dose_for_half, interval="delta"),
        "200 patients",
        1000,
        0.015,
    ),
    Scenario("AUC, DeLong", "coverage", "near", _delong, "160 patients", slack=0.01),
    Scenario(
        "AUC of lesions, Obuchowski",
        "coverage",
        "near",
        partial(_clustered, naive=False),
        "60 patients, 2–6 lesions",
        slack=0.02,
    ),
    Scenario(
        "AUC of lesions, naive DeLong", "coverage", "fails", partial(_clustered, naive=True), "60 patients, 2–6 lesions"
    ),
    Scenario("t test, pooled", "size", "exact", partial(_groups, kind="t"), "18 and 30 log-normal doses"),
    Scenario("t test, Welch", "size", "near", partial(_groups, kind="welch"), "18 and 30, SD 1 and 3", slack=0.005),
    Scenario(
        "t test, pooled, unequal variances",
        "size",
        "fails",
        partial(_groups, kind="pooled_unequal"),
        "12 and 48, SD 3 and 1",
    ),
    Scenario("Mann–Whitney, normal", "size", "near", partial(_groups, kind="normal"), "18 and 30", slack=0.01),
    Scenario("Jonckheere–Terpstra", "size", "near", partial(_groups, kind="jonckheere"), "18, 30 and 20", slack=0.005),
    Scenario("χ², plain", "size", "near", partial(_table, kind="plain"), "60 and 80 patients", slack=0.01),
    Scenario("Fisher", "size", "bound", partial(_table, kind="fisher"), "60 and 80 patients"),
    Scenario("Cochran–Armitage", "size", "near", partial(_table, kind="trend"), "60, 80 and 50 patients", slack=0.01),
    Scenario("Log-rank", "size", "near", partial(_log_rank, kind="plain"), "120 patients", slack=0.01),
    Scenario(
        "Log-rank, stratified",
        "size",
        "near",
        partial(_log_rank, kind="stratified"),
        "120 patients, 4 strata",
        slack=0.01,
    ),
    Scenario("Log-rank, trend", "size", "near", partial(_log_rank, kind="trend"), "120 patients, 3 groups", slack=0.01),
    Scenario("Cox likelihood ratio", "size", "near", partial(_model_test, family="cox"), "120 patients", 1000, 0.01),
    Scenario(
        "Logistic likelihood ratio", "size", "near", partial(_model_test, family="logistic"), "150 patients", 1000, 0.01
    ),
    Scenario("Proportional hazards", "size", "near", _ph, "150 patients", 1000, 0.01),
    Scenario(
        "Odds ratio of lesions, GEE", "size", "near", partial(_gee, naive=False), "40 patients, 4 lesions", 1000, 0.015
    ),
    Scenario(
        "Odds ratio of lesions, naive", "size", "fails", partial(_gee, naive=True), "40 patients, 4 lesions", 1000
    ),
    Scenario("χ² after a Youden split", "size", "fails", _youden, "100 patients, score without effect"),
    Scenario("Resection, naive Cox", "size", "fails", _immortal, "150 patients, resection without effect", 500),
    Scenario(
        "Resection, time-dependent Cox",
        "size",
        "near",
        _time_dependent,
        "150 patients, resection without effect",
        1000,
        0.01,
    ),
)
