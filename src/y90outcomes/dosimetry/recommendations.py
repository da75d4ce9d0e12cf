"""The 2022 recommendations evaluated: each rule of a patient's scenario attained or not, and by how much.

Salem R et al., Eur J Nucl Med Mol Imaging 2023;50:328-343, doi:10.1007/s00259-022-05956-w, Tables 1 to 7. The facts
stand in `recommendations_2022.yaml`; here is only how they are read. States are whole numbers: 1 attained, 0 not
attained, −1 not evaluable. A missing or impossible number is never attained, and never "not attained" either.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.thresholds import Floats, compare, significant
from y90outcomes.units import factor
from y90outcomes.yamlpage import parse_page

FILE = "recommendations_2022.yaml"
YES, NO, UNKNOWN = 1, 0, -1
States = npt.NDArray[np.int8]

RESERVE_RULES = ("reserve_30", "reserve_above_30")
"""Rules that a protocol may leave out of the alternatives (`require_reserve: false`)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One rule of the paper.

    value     what is compared: tumour_dose, normal_dose, perfused_normal_dose, whole_normal_dose, perfused_dose,
              whole_liver_dose (Gy), reserve (%), child_pugh_points
    limits    protocol word of `thresholds.RULES` -> limit, in `unit`
    by_bilirubin  an upper limit as (µmol/L of bilirubin from which the first limit holds, first limit, limit below)
    by_scenario   scenario -> upper limit, empty where all share `limits`
    parts     scenario -> what the rule is in it (core, preferred, hypertrophy, investigational, selection)
    """

    name: str
    label: str
    value: str
    unit: str
    limits: Mapping[str, float]
    by_bilirubin: tuple[float, float, float] | None
    by_scenario: Mapping[str, float]
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One clinical scenario: its table, degree of recommendation, consensus, and alternatives (name -> core rules)."""

    number: str
    label: str
    table: int
    degree: str
    consensus: str
    alternatives: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Guideline:
    """The paper as data. `alternatives` name -> label; `open` parameter -> what the paper leaves open; `not_evaluated`
    subject -> why; `named` number no rule uses -> label, scenarios, unit and the number under value, min, above, max or
    below; `quoted` statement on another publication -> label, numerator, denominator; `new_references` (first, last)
    runs of the references the update rests on."""

    citation: Mapping[str, str]
    degrees: Mapping[str, str]
    consensus: Mapping[str, Mapping[str, Any]]
    worked_example: Mapping[str, float]
    scenarios: Mapping[str, Scenario]
    alternatives: Mapping[str, str]
    rules: Mapping[str, Limit]
    open: Mapping[str, str]
    not_evaluated: Mapping[str, str]
    named: Mapping[str, Mapping[str, Any]]
    quoted: Mapping[str, Mapping[str, Any]]
    new_references: Sequence[Sequence[int]]

    def rules_of(self, scenario: str) -> tuple[str, ...]:
        """Names of the rules of a scenario, in the order of the data; none for another word."""
        return tuple(name for name, rule in self.rules.items() if scenario in rule.parts)


@dataclass(frozen=True, slots=True)
class Reading:
    """How what the paper leaves open is read.

    normal_voi  perfused | whole_liver: the normal tissue of the 120 Gy limit
    lobar_limit, bilobar_range  range | upper: whether the lower end of 140–150 and 40–70 Gy is asked for
    require_reserve  whether the alternatives ask for the hepatic reserve
    alternative  any, or the only alternative that counts
    """

    normal_voi: str = "perfused"
    lobar_limit: str = "range"
    bilobar_range: str = "range"
    require_reserve: bool = True
    alternative: str = "any"


@functools.cache
def guideline() -> Guideline:
    """The recommendations, read once from the package's data."""
    text = resources.files("y90outcomes.dosimetry").joinpath(FILE).read_text("utf-8")
    data = parse_page(text, FILE).data
    rules = {name: _limit(name, page) for name, page in data["rules"].items()}
    scenarios = {
        number: Scenario(
            number, page["label"], page["table"], page["degree"], page["consensus"],
            MappingProxyType({name: tuple(core) for name, core in page["alternatives"].items()}),
        )
        for number, page in data["scenarios"].items()
    }  # fmt: skip
    return Guideline(
        data["citation"], data["degrees"], data["consensus"], data["worked_example"], scenarios, data["alternatives"],
        rules, data["open"], data["not_evaluated"], data["named"], data["quoted"], data["new_references"],
    )  # fmt: skip


def _limit(name: str, page: Mapping[str, Any]) -> Limit:
    limits = {word: float(page[word]) for word in ("min", "above", "max", "below") if word in page}
    by_bilirubin = None
    if cut := page.get("max_by_bilirubin"):
        from_ = float(Decimal(str(cut["from_mg_dl"])) * (factor("bilirubin", "mg/dL") or Decimal("NaN")))
        by_bilirubin = (from_, float(cut["at_or_above"]), float(cut["below"]))
    by_scenario = {scenario: float(limit) for scenario, limit in page.get("max_by_scenario", {}).items()}
    return Limit(name, page["label"], page["value"], page["unit"], limits, by_bilirubin, by_scenario, page["parts"])


def rule_limits(rule: Limit, reading: Reading) -> Mapping[str, float]:
    """The fixed limits of a rule under a reading: without its lower end where only the upper one is read."""
    upper = {"lobar_140_150": reading.lobar_limit, "normal_40_70": reading.bilobar_range}.get(rule.name) == "upper"
    return {word: limit for word, limit in rule.limits.items() if not (upper and word == "min")}


def reserve_percent(whole: npt.ArrayLike, perfused: npt.ArrayLike) -> Floats:
    """(whole − perfused) / whole in per cent, both volumes in one unit, any shape.

    NaN where one is missing, not finite, negative, or the whole is 0 or smaller than its part. Hepatic reserve as Salem
    2022 uses it, which gives no formula.
    """
    total, part = (np.asarray(values, dtype=np.float64) for values in (whole, perfused))
    possible = np.isfinite(total) & np.isfinite(part) & (total > 0) & (part >= 0) & compare(part, "max", total)
    return np.where(possible, 100 * (total - part) / np.where(possible, total, 1.0), np.nan)


def spread_dose(dose: npt.ArrayLike, perfused: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Mean dose (Gy) of the whole liver when all activity lies in its perfused part: dose × perfused / whole.

    One density is assumed for both, volumes in one unit, any shape; NaN for missing, and where `reserve_percent` is.
    """
    given, part, total = (np.asarray(values, dtype=np.float64) for values in (dose, perfused, whole))
    usable = np.isfinite(given) & (given >= 0) & np.isfinite(reserve_percent(total, part))
    return np.where(usable, given * part / np.where(usable, total, 1.0), np.nan)


def evaluate(
    name: str, values: Mapping[str, Floats], scenario: npt.NDArray[np.object_], reading: Reading | None = None
) -> tuple[States, Floats]:
    """State and margin of one rule for every patient.

    name      a rule of `guideline().rules`
    values    the numbers of `Limit.value`, and bilirubin in µmol/L; NaN for missing; each (n,)
    scenario  "1" … "5", anything else for none; (n,)
    returns   states (n,) and margins (n,) in the rule's unit: the distance to the nearer limit, positive inside. A
              value at its limit has margin 0 and is attained for ≥ and ≤, not for > and <. Not evaluable (margin NaN):
              the rule is not of the patient's scenario, or a number it needs is missing, negative or not finite.
    KeyError for an unknown rule.
    """
    reading, rule = reading or Reading(), guideline().rules[name]
    word = rule.value
    if word == "normal_dose":
        word = "perfused_normal_dose" if reading.normal_voi == "perfused" else "whole_normal_dose"
    value = np.asarray(values[word], dtype=np.float64)
    known = np.isfinite(value) & (value >= 0) & np.isin(scenario, list(rule.parts))
    inside, margin = np.ones(len(value), dtype=bool), np.full(len(value), np.inf)
    number = significant(value)
    for side, limit in _limits(rule, reading, values, scenario):
        ends = np.asarray(limit, dtype=np.float64)
        known &= np.isfinite(ends)
        distance = number - significant(ends) if side in ("min", "above") else significant(ends) - number
        inside &= compare(value, side, ends)
        margin = np.minimum(margin, distance)
    state = np.where(known, inside.astype(np.int8), np.int8(UNKNOWN)).astype(np.int8)
    return state, np.where(known, margin, np.nan)


def _limits(
    rule: Limit, reading: Reading, values: Mapping[str, Floats], scenario: npt.NDArray[np.object_]
) -> Sequence[tuple[str, float | Floats]]:
    """(comparison, limit) pairs; a limit that depends on the patient is (n,), NaN where it is not known."""
    found: list[tuple[str, float | Floats]] = list(rule_limits(rule, reading).items())
    if rule.by_bilirubin is not None:
        cut, high, low = rule.by_bilirubin
        bilirubin = np.asarray(values["bilirubin"], dtype=np.float64)
        usable = np.isfinite(bilirubin) & (bilirubin > 0)
        found.append(("max", np.where(usable, np.where(compare(bilirubin, "min", cut), high, low), np.nan)))
    if rule.by_scenario:
        limit = np.full(len(scenario), np.nan)
        for number, most in rule.by_scenario.items():
            limit[scenario == number] = most
        found.append(("max", limit))
    return found


def attained(values: Mapping[str, Floats], scenario: npt.NDArray[np.object_], reading: Reading | None = None) -> States:
    """Whether a patient attains the recommendation of its scenario: every core rule of one alternative.

    Arguments as of `evaluate`. Three-valued: attained when one alternative is attained in every rule; not attained when
    each fails in one; else not evaluable, as is a patient of no scenario or of one without the alternative read.
    """
    reading = reading or Reading()
    made: dict[str, States] = {}
    result = np.full(len(scenario), UNKNOWN, dtype=np.int8)
    for number, page in guideline().scenarios.items():
        here = scenario == number
        wanted = [core for name, core in page.alternatives.items() if reading.alternative in ("any", name)]
        if not wanted or not here.any():
            continue
        groups = []
        for core in wanted:
            kept = [name for name in core if reading.require_reserve or name not in RESERVE_RULES]
            for name in kept:
                if name not in made:
                    made[name] = evaluate(name, values, scenario, reading)[0]
            groups.append(every([made[name] for name in kept]))
        result[here] = some(groups)[here]
    return result


def every(states: Sequence[States]) -> States:
    """Three-valued "and" of arrays of states."""
    stacked = np.stack(states)
    return np.where((stacked == NO).any(0), NO, np.where((stacked == UNKNOWN).any(0), UNKNOWN, YES)).astype(np.int8)


def some(states: Sequence[States]) -> States:
    """Three-valued "or" of arrays of states."""
    stacked = np.stack(states)
    return np.where((stacked == YES).any(0), YES, np.where((stacked == UNKNOWN).any(0), UNKNOWN, NO)).astype(np.int8)


def negated(states: States) -> States:
    """Three-valued "not"."""
    return np.where(states == UNKNOWN, UNKNOWN, YES - states).astype(np.int8)
