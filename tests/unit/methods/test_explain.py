"""Which convention moves which number: small cohorts with both numbers worked by hand."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
from tests.spec.tables import AFP, RESPONSE, build
from tests.unit.methods.test_methods_nasty import ANALYSES, PARTS, WORLDS, make

from y90outcomes import pipeline
from y90outcomes.cohort import Cohort
from y90outcomes.dialects import DIALECTS, OWN, Choice, Dialect, chosen, spoken_items
from y90outcomes.errors import InputError
from y90outcomes.methods import METHODS
from y90outcomes.pipeline.explain import Difference, analysis_of, conventions_used, explain_difference

explaining: Any = sys.modules["y90outcomes.pipeline.explain"]  # the package gives the name to a function

LABS = "patient | day | value\n" + "\n".join(
    f"{p} | 0 | {v}" for p, v in zip("ABCDEF", (1, 2, 4, 7, 11, 16), strict=True)
)
FOLLOW_UP = (
    "patient | event | day\nA | death | 30.4375\nB | death | 60.875\nC | last_contact | 91.3125\n"
    "D | death | 121.75\nE | last_contact | 152.1875\nF | death | 182.625"
)
ASSESSED = "patient | response\nA | CR\nB | CR\nC | PD\nD | CR\nE | PD\nF | PD"
IMAGED = "patient | lesion | day | pvtt_class\n" + "\n".join(
    f"{p} | | 0 | {c}" for p, c in zip("ABCDEF", ("VP1", "VP1", "VP1", "none", "none", "none"), strict=True)
)


def cohort(**analyses: dict[str, Any]) -> Cohort:
    parts = {
        "variables": {
            "afp": AFP, "response": RESPONSE, "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
        },
        "endpoints": {
            "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]},
            "orr": {"kind": "binary", "variable": "response", "event": ["CR", "PR"]},
        },
        "analyses": {name: {"title": name.title()} | page for name, page in analyses.items()},
    }  # fmt: skip
    return build(parts, labs=LABS, follow_up=FOLLOW_UP, assessments=ASSESSED, imaging=IMAGED)


def one_of_each() -> Cohort:
    """A few patients, an analysis of every method but those that adjust others."""
    pages = {name: {"method": name, "title": name.title()} | spec for name, spec in ANALYSES.items() if name in METHODS}
    return build(PARTS | {"analyses": pages}, **WORLDS["a few"])


QUARTILES = {"method": "summary", "variables": ["afp"], "statistic": "median_iqr"}
CURVE = {"method": "kaplan_meier", "endpoint": "os"}
TABLE = {"method": "cross_table", "rows": "pvtt", "columns": "response", "test": "chi_square"}


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a dialect of a few choices, the others those of `own`."""

    def made(name: str, **names: str) -> str:
        choices = {item: Choice(names.get(item, own), "assumed", "a test") for item, own in chosen(OWN).items()}
        known = {**dict(DIALECTS), name: Dialect(name, name, choices)}
        monkeypatch.setattr("y90outcomes.dialects.DIALECTS", known)
        return name

    monkeypatch.setattr(explaining, "in_dialect", lambda study, name: explaining.spoken(study, chosen(name)))
    return made


def found(differences: list[Difference]) -> dict[str, Difference]:
    return {entry.address: entry for entry in differences}


def test_quartiles_of_type_7_and_6() -> None:
    """1 2 4 7 11 16: type 7 puts the quartiles at places 2.25 and 4.75, type 6 at 1.75 and 5.25."""
    moved = found(explain_difference(cohort(quartiles=QUARTILES), "r", "prism"))
    assert set(moved) == {"quartiles/afp/all#q1", "quartiles/afp/all#q3"}
    low, high = moved["quartiles/afp/all#q1"], moved["quartiles/afp/all#q3"]
    assert (low.first, low.second) == (pytest.approx(2.5), pytest.approx(1.75))
    assert (high.first, high.second) == (pytest.approx(10.0), pytest.approx(12.25))
    (cause,) = low.causes
    assert (cause.item, cause.first, cause.second, cause.value) == ("quantile_type", "7", "6", low.second)
    assert low.alone
    assert high.alone


def test_limits_of_a_curve_by_log_and_log_log(speak: Any) -> None:
    """S(1) = 5/6; Greenwood's sum is 1/(6·5), so the log limits are S·exp(∓z/√30), cut at 1."""
    speak("logs", kaplan_meier_interval="log")
    moved = found(explain_difference(cohort(curve=CURVE), OWN, "logs"))
    z, s, error = 1.959963984540054, 5 / 6, 1 / math.sqrt(30)
    step = moved["curve/all/1#lower"]
    assert step.second == pytest.approx(s * math.exp(-z * error))
    assert step.first == pytest.approx(s ** math.exp(z * error / abs(math.log(s))))
    assert moved["curve/all/1#upper"].second == 1.0
    assert {cause.item for entry in moved.values() for cause in entry.causes} == {"kaplan_meier_interval"}
    assert all(entry.alone for entry in moved.values())
    assert not [address for address in moved if address.endswith(("#estimate", "#at_risk", "#events"))]


def test_chi_square_with_and_without_yates() -> None:
    """2 1 / 1 2: plain χ² 6·9/81 = 2/3; Yates takes 3 off |ad − bc| = 3, so 0 and p = 1."""
    differences = explain_difference(cohort(table=TABLE), "sas", "r", only="table")
    moved = found(differences)
    row = "table.tests/chi_square/response"
    assert moved[f"{row}#statistic"].first == pytest.approx(2 / 3)
    assert moved[f"{row}#statistic"].second == pytest.approx(0.0)
    assert moved[f"{row}#p"].first == pytest.approx(math.erfc(math.sqrt(1 / 3)))
    assert moved[f"{row}#p"].second == pytest.approx(1.0)
    assert [cause.item for cause in moved[f"{row}#p"].causes] == ["chi_square"]
    assert moved[f"{row}#p"].alone


def test_a_test_that_names_its_convention_does_not_move() -> None:
    named = TABLE | {"convention": "n_minus_1", "also": [{"test": "chi_square", "convention": "yates"}]}
    assert not [entry for entry in explain_difference(cohort(table=named), "sas", "r") if ".tests/" in entry.address]


def test_a_further_test_moves_with_its_convention() -> None:
    """`also` without a name follows the dialect; the first, which names one, stays."""
    page = TABLE | {"test": "fisher", "also": [{"test": "chi_square"}, {"test": "chi_square", "convention": "plain"}]}
    moved = {
        entry.address for entry in explain_difference(cohort(table=page), "sas", "r") if ".tests/" in entry.address
    }
    assert moved == {"table.tests/chi_square/response#statistic", "table.tests/chi_square/response#p"}


def test_conventions_that_act_together(speak: Any) -> None:
    """Odds ratio of a model: Wald against profile moves the limits, Firth moves all; the limits need both."""
    speak("penal", logistic_estimator="firth", logistic_inference="wald")
    model = {"method": "logistic", "endpoint": "orr", "terms": ["afp"]}
    moved = found(explain_difference(cohort(model=model), OWN, "penal"))
    estimate, lower = moved["model/odds_ratio/afp#estimate"], moved["model/odds_ratio/afp#lower"]
    assert [cause.item for cause in estimate.causes] == ["logistic_estimator"]
    assert estimate.alone
    assert [cause.item for cause in lower.causes] == ["logistic_inference", "logistic_estimator"]
    assert not lower.alone
    assert lower.second not in [cause.value for cause in lower.causes]


def test_a_convention_that_acts_only_with_another(speak: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Midpoint against first moves no median of these curves; a number nothing moves alone is said to be moved by
    those that move it back in the second dialect."""
    speak("both", kaplan_meier_interval="log", median_rule="midpoint")
    real = explaining._numbers

    def numbers(made: Any, names: Any) -> Any:
        """A number that is 1 only when both are switched."""
        known = {item for results in made.values() for result in results for item in result.conventions.items()}
        both = {("kaplan_meier_interval", "log"), ("median_rule", "midpoint")} <= known
        return {**real(made, names), "curve/made#value": float(both)}

    monkeypatch.setattr(explaining, "_numbers", numbers)
    entry = found(explain_difference(cohort(curve=CURVE | {"times": [1]}), OWN, "both"))["curve/made#value"]
    assert [cause.item for cause in entry.causes] == ["kaplan_meier_interval", "median_rule"]
    assert [cause.value for cause in entry.causes] == [0.0, 0.0]
    assert not entry.alone


def test_a_family_moves_with_its_members_and_is_explained() -> None:
    """The adjusted p of a χ² test: 2·p of the smaller, by Holm."""
    page = {"method": "family", "tests": ["table.tests/chi_square/response", "two.tests/fisher/response"]}
    made = cohort(table=TABLE, two=TABLE | {"test": "fisher"}, family=page)
    moved = found(explain_difference(made, "sas", "r", only="family"))
    address = "family/raw_p/table.tests%2Fchi_square%2Fresponse#p"
    assert moved[address].second == pytest.approx(1.0)
    assert [cause.item for cause in moved[address].causes] == ["chi_square"]
    assert {analysis_of(name) for name in moved} == {"family"}


def test_only_analyses_that_use_a_convention_run_again(speak: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    speak("sixth", quantile_type="6")
    ran: list[str] = []

    def counted(name: str, method: Any) -> Any:
        def run(cohort: Cohort, id: str, spec: Any) -> Any:
            ran.append(id)
            return method(cohort, id, spec)

        return run

    monkeypatch.setattr(
        "y90outcomes.pipeline.analyses.METHODS", {name: counted(name, method) for name, method in METHODS.items()}
    )
    explain_difference(cohort(quartiles=QUARTILES, curve=CURVE, table=TABLE), OWN, "sixth")
    assert sorted(ran) == sorted(["quartiles", "curve", "table"] * 2 + ["quartiles"])


def test_a_dialect_against_itself_differs_in_nothing() -> None:
    assert explain_difference(cohort(curve=CURVE, table=TABLE, quartiles=QUARTILES), "sas", "sas") == []


def test_names_that_do_not_exist() -> None:
    made = cohort(curve=CURVE)
    with pytest.raises(KeyError):
        explain_difference(made, "excel", OWN)
    with pytest.raises(InputError):
        explain_difference(made, "r", OWN, only="nothing")


@pytest.mark.parametrize(("a", "b"), [(OWN, "r"), ("r", "sas")])
def test_every_method_every_number_that_differs_has_its_cause(a: str, b: str) -> None:
    made = one_of_each()
    differences = explain_difference(made, a, b)
    assert differences
    assert [entry.address for entry in differences if not entry.causes] == []
    switched = {item for item in spoken_items() if chosen(a)[item] != chosen(b)[item]}
    for entry in differences:
        assert {cause.item for cause in entry.causes} <= switched
        assert entry.first != entry.second


def test_what_an_analysis_can_depend_on() -> None:
    study = make("a few", "everyone").study
    assert conventions_used(study.analyses["cross_table"]) == {"proportion_interval", "chi_square"}
    assert "t_test" in conventions_used(study.analyses["dose_by_response"])
    assert "proportion_interval" in conventions_used(study.analyses["agreement"])
    assert conventions_used(study.analyses["subject_bars"]) == set()
    assert conventions_used(study.analyses["centres"]) == {"cox_ties", "cox_inference"}
    assert conventions_used(study.analyses["odds_by_centre"]) == {"logistic_estimator", "logistic_inference"}


def test_the_results_of_a_run_say_the_dialect() -> None:
    from dataclasses import replace

    from y90outcomes.study.speaking import in_dialect

    made = cohort(curve=CURVE)
    results = pipeline.analyse(replace(made, study=in_dialect(made.study, "r")))
    assert (results.study["dialect"], results.study["rounding"]) == ("r", "half_even")
    assert results["curve"].conventions["kaplan_meier_interval"] == "log"
