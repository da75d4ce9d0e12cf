"""Names of conventions with their words; messages with the nearest names."""

from __future__ import annotations

from typing import get_args

import pytest

from y90outcomes.conventions import CONVENTIONS, default, words
from y90outcomes.errors import Fault, FindingsError, InputError, Issue, PageError, Slip, choices, nearest
from y90outcomes.study import analyses


@pytest.mark.parametrize("item", CONVENTIONS)
def test_every_convention_has_a_default_and_different_words(item: str) -> None:
    convention = CONVENTIONS[item]
    assert convention.item == item
    assert convention.default == default(item) == convention.names[0]
    phrases = [words(item, name) for name in convention.names]
    assert len(set(phrases)) == len(phrases)
    assert all(phrase.strip() == phrase != "" for phrase in phrases)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("proportion_interval", "wilson"),
        ("kaplan_meier_interval", "log-log"),
        ("median_rule", "first"),
        ("reverse_kaplan_meier_ties", "deaths_first"),
        ("cox_ties", "efron"),
        ("t_test", "welch"),
        ("mann_whitney", "auto"),
        ("chi_square", "plain"),
        ("quantile_type", "7"),
        ("rounding", "half_away"),
    ],
)
def test_the_defaults_are_those_of_the_methods(item: str, expected: str) -> None:
    assert default(item) == expected


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        (analyses.ProportionInterval, "proportion_interval"),
        (analyses.CurveInterval, "kaplan_meier_interval"),
        (analyses.MedianRule, "median_rule"),
        (analyses.CoxAnalysis.model_fields["ties"].annotation, "cox_ties"),
        (analyses.FollowUpAnalysis.model_fields["ties"].annotation, "reverse_kaplan_meier_ties"),
        (analyses.SummaryAnalysis.model_fields["quantile_type"].annotation, "quantile_type"),
    ],
)
def test_the_protocol_knows_the_same_names(kind: object, item: str) -> None:
    assert set(get_args(kind)) == set(CONVENTIONS[item].names)


@pytest.mark.parametrize(("page", "field", "item"), [
    (analyses.SummaryAnalysis, "interval", "proportion_interval"),
    (analyses.KaplanMeierAnalysis, "interval", "kaplan_meier_interval"),
    (analyses.KaplanMeierAnalysis, "median", "median_rule"),
    (analyses.FollowUpAnalysis, "ties", "reverse_kaplan_meier_ties"),
    (analyses.CoxAnalysis, "ties", "cox_ties"),
    (analyses.SummaryAnalysis, "quantile_type", "quantile_type"),
])  # fmt: skip
def test_a_page_that_says_nothing_means_the_default(page: type, field: str, item: str) -> None:
    assert page.model_fields[field].default == default(item)  # type: ignore[attr-defined]


def test_words_of_an_unknown_name_are_the_name() -> None:
    assert words("cox_ties", "exact") == "exact"
    assert words("nothing", "name") == "name"
    with pytest.raises(KeyError):
        default("nothing")


def test_nearest_names_whatever_their_case() -> None:
    names = ["afp", "tumour_size", "tumour_count", "pvtt"]
    assert nearest("tumor_size", names)[0] == "tumour_size"
    assert nearest("AFP", names) == ["afp"]
    assert nearest("vp1", ["none", "VP1"]) == ["VP1"]
    assert nearest("zzzz", names) == []
    assert nearest("", names) == []
    assert len(nearest("tumour", names, count=1)) == 1


def test_choices_offer_the_nearest_or_every_name() -> None:
    assert choices("aph", ["afp", "pvtt"]) == "did you mean 'afp'?"
    assert choices("zzzz", ["afp", "pvtt"]) == "one of 'afp', 'pvtt'"
    assert choices("zzzz", [f"n{i}" for i in range(20)]).endswith("and 8 more")


def test_a_fault_says_place_problem_allowed_and_what_to_do() -> None:
    assert str(Fault("a.yaml, line 3", "unknown word", "'x'", "correct it")) == (
        "a.yaml, line 3: unknown word\n  allowed: 'x'\n  do: correct it"
    )
    assert str(Fault("", "unknown word")) == "unknown word"


def test_an_input_error_holds_every_fault() -> None:
    one, two = Fault("a", "first"), Fault("b", "second")
    assert InputError(one).faults == (one,)
    assert str(InputError([one, two])) == "a: first\nb: second"
    assert (InputError(one).exit_code, FindingsError([]).exit_code) == (2, 1)


def test_a_page_error_names_its_path() -> None:
    assert str(PageError([Slip(("variables", 0), "unknown", "'x'"), Slip(("id",), "bad")])) == (
        "variables.0: unknown 'x'; id: bad"
    )


def test_a_value_stays_out_of_what_an_issue_prints() -> None:
    made = Issue("i", "blocking", "bad_date", "c", "f", "", 3, "labs", "date", "Date", "not a date", value="secret")
    assert "secret" not in repr(made)
    assert "secret" not in str(FindingsError([made]))
