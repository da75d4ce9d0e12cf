"""Dialects: every package chooses every item, says how it is known, and fills only what a protocol leaves open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.fixtures.study_page import PAGE
from tests.spec.tables import protocol
from tests.unit.methods.test_methods_nasty import ANALYSES, PARTS

from y90outcomes.conventions import CONVENTIONS, default
from y90outcomes.dialects import CLAIMS_EQUALITY, DIALECTS, OWN, UNSPOKEN, Choice, chosen, spoken_items
from y90outcomes.errors import InputError
from y90outcomes.study import Study, read_study
from y90outcomes.study.analyses.facts import FACTS, TEST_CONVENTIONS
from y90outcomes.study.speaking import convention, convention_faults, in_dialect, spoken

EVERY = [(name, item, choice) for name, page in DIALECTS.items() for item, choice in page.choices.items()]
NAMES = [f"{name}-{item}" for name, item, _ in EVERY]


def every_method() -> Study:
    """A protocol that uses every method, in one of its ways or more."""
    analyses = {name: {"method": name, "title": name.title()} | spec for name, spec in ANALYSES.items()}
    return protocol(**PARTS, analyses={name: {k: v for k, v in a.items() if v is not None}
                                       for name, a in analyses.items()})  # fmt: skip


def small(**parts: Any) -> Study:
    return Study.model_validate(YAML(typ="safe", pure=True).load(PAGE) | parts)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_chooses_every_item(name: str) -> None:
    assert tuple(DIALECTS[name].choices) == spoken_items() or set(DIALECTS[name].choices) == set(spoken_items())
    assert DIALECTS[name].name == name
    assert DIALECTS[name].label


@pytest.mark.parametrize(("name", "item", "choice"), EVERY, ids=NAMES)
def test_a_choice_exists_and_says_how_it_is_known(name: str, item: str, choice: Choice) -> None:
    assert choice.name in CONVENTIONS[item].names
    assert choice.evidence in ("measured", "documented", "assumed")
    assert choice.how
    if choice.evidence == "measured" or choice.equal:
        assert name in CLAIMS_EQUALITY
    if choice.equal:
        assert choice.evidence == "measured"


def test_what_no_dialect_chooses_is_known() -> None:
    assert set(CONVENTIONS) >= UNSPOKEN
    assert UNSPOKEN.isdisjoint(spoken_items())
    assert {item for item, known in CONVENTIONS.items() if len(known.names) > 1} == {*spoken_items(), *UNSPOKEN}
    assert chosen(OWN) == {item: default(item) for item in spoken_items()}
    with pytest.raises(KeyError):
        chosen("excel")


def test_every_item_reaches_a_page_or_a_test() -> None:
    """An item no method reads would be a dialect's empty word; `rounding` is read by the report."""
    used = {item for facts in FACTS.values() for item in (*facts.conventions.values(), *facts.follows)}
    assert set(spoken_items()) == ((used | set(TEST_CONVENTIONS.values()) | {"rounding"}) & set(spoken_items()))


@pytest.mark.parametrize("dialect", [OWN, *DIALECTS])
def test_every_method_can_speak_it(dialect: str) -> None:
    wanted = chosen(dialect)
    study = in_dialect(every_method(), dialect)
    assert study.dialect == dialect
    for name, analysis in study.analyses.items():
        for field, item in FACTS[analysis.method].conventions.items():
            value = getattr(analysis, field)
            if item in wanted and value is not None:
                assert value == wanted[item], (name, field)
    for item, name in wanted.items():
        assert convention(study, item) == name
    assert in_dialect(study, dialect) == study


@pytest.mark.parametrize(("method", "field", "item"), [
    (method, field, item) for method, facts in FACTS.items() for field, item in facts.conventions.items()
])  # fmt: skip
def test_a_field_accepts_every_name_of_its_item(method: str, field: str, item: str) -> None:
    study = every_method()
    for name in CONVENTIONS[item].names:
        if item in UNSPOKEN:
            continue
        made = spoken(study, {item: name})
        pages = [spec for spec in made.analyses.values() if spec.method == method]
        assert {getattr(page, field) for page in pages if not getattr(page, "cluster", None)} <= {name, None}


def test_a_model_of_clusters_keeps_what_it_cannot_change() -> None:
    said = spoken(every_method(), {"logistic_estimator": "firth", "cox_inference": "likelihood_ratio"})
    assert said.analyses["logistic"].estimator == "firth"  # type: ignore[union-attr]
    assert said.analyses["logistic_centres"].estimator == "auto"  # type: ignore[union-attr]
    assert said.analyses["cox_clusters"].inference == "wald"  # type: ignore[union-attr]


def test_a_further_interval_changes_places_with_the_first() -> None:
    """Fieller and delta are printed beside; in R delta comes first and profile takes its place."""
    page = every_method().analyses["dose_response"]
    assert (page.target_interval, page.also_intervals) == ("profile", ["fieller", "delta"])  # type: ignore[union-attr]
    said = in_dialect(every_method(), "r").analyses["dose_response"]
    assert (said.target_interval, said.also_intervals) == ("delta", ["fieller", "profile"])  # type: ignore[union-attr]


def test_a_test_that_names_its_convention_keeps_it_and_its_address() -> None:
    study = in_dialect(every_method(), "sas")
    table = study.analyses["cross_table"]
    assert [extra.convention for extra in table.also] == [None, "yates"]  # type: ignore[union-attr]
    assert convention(study, "chi_square") == "plain"
    assert convention(in_dialect(every_method(), "r"), "chi_square") == "yates"


def test_no_test_stays_no_test() -> None:
    page = {"method": "cox", "title": "C", "endpoint": "os", "terms": ["large"], "proportional_hazards": None}
    study = small(analyses={"cox": page}, variants={})
    assert in_dialect(study, "r").analyses["cox"].proportional_hazards is None  # type: ignore[union-attr]


def test_a_dialect_fills_only_what_the_page_leaves_open() -> None:
    given = small(analyses={
        "open": {"method": "kaplan_meier", "title": "O", "endpoint": "os"},
        "own": {"method": "kaplan_meier", "title": "W", "endpoint": "os", "interval": "plain"},
    }, variants={}, dialect="r", conventions={"median_rule": "first"})  # fmt: skip
    open_, own = given.analyses["open"], given.analyses["own"]
    assert (open_.interval, open_.median) == ("log", "first")  # type: ignore[union-attr]
    assert (own.interval, own.median) == ("plain", "first")  # type: ignore[union-attr]
    assert convention(given, "median_rule") == "first"
    assert convention(given, "t_test") == "welch"
    assert convention(small(), "spearman") == "auto"


@pytest.mark.parametrize("words", ["", "dialect: r\n", "dialect: lifelines\nconventions: {quantile_type: '2'}\n"])
def test_yaml_and_python_say_the_same(tmp_path: Path, words: str) -> None:
    (tmp_path / "study.yaml").write_text(PAGE + words, encoding="utf-8")
    read = read_study(tmp_path)
    page = YAML(typ="safe", pure=True).load(PAGE + words)
    plain = small()
    byhand = Study(**{**page, "analyses": {name: type(plain.analyses[name])(**spec)
                                           for name, spec in page["analyses"].items()}})  # fmt: skip
    assert byhand == read
    assert byhand.fingerprint == read.fingerprint
    assert Study.model_validate(read.model_dump(by_alias=True)) == read
    assert (read.fingerprint == plain.fingerprint) == (not words)


def test_a_variant_may_speak_otherwise(tmp_path: Path) -> None:
    text = PAGE.replace("variants:\n", "variants:\n  like_r: {dialect: r}\n")
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    assert read_study(tmp_path).analyses["survival"].interval == "log-log"  # type: ignore[union-attr]
    assert read_study(tmp_path, "like_r").analyses["survival"].interval == "log"  # type: ignore[union-attr]


@pytest.mark.parametrize(("words", "place", "near"), [
    ("dialect: rr\n", "dialect", "'r'"),
    ("dialect: [r]\n", "dialect", "'r'"),
    ("conventions: {medianrule: first}\n", "conventions.medianrule", "median_rule"),
    ("conventions: {median_rule: frist}\n", "conventions.median_rule", "first"),
    ("conventions: {cox_tie: efron}\n", "conventions.cox_tie", "cox_ties"),
    ("conventions: {kappa_weights: linear}\n", "conventions.kappa_weights", ""),
    ("conventions: {quantile_type: 7}\n", "conventions.quantile_type", ""),
    ("conventions: [efron]\n", "conventions", ""),
])  # fmt: skip
def test_a_slip_names_its_line_and_the_nearest(tmp_path: Path, words: str, place: str, near: str) -> None:
    (tmp_path / "study.yaml").write_text(PAGE + words, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(tmp_path)
    said = [fault for fault in caught.value.faults if place in fault.place]
    assert len(caught.value.faults) == 1, caught.value.faults
    assert said, caught.value.faults
    assert near in said[0].allowed


def test_faults_and_unknown_items() -> None:
    assert convention_faults({"t_test": "welch"}) == []
    with pytest.raises(KeyError):
        spoken(small(), {"weather": "fair"})
    with pytest.raises(ValueError, match="ties"):
        spoken(small(), {"cox_ties": "exact"})
