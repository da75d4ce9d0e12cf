"""One model, two surfaces: fingerprint, variants, prose, the JSON Schema for editors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML
from tests.fixtures.study_page import PAGE

from y90outcomes.conventions import words
from y90outcomes.errors import InputError
from y90outcomes.study import Study, read_study
from y90outcomes.study.prose import prose
from y90outcomes.study.reading import merge_patch, study_file
from y90outcomes.study.starter import write_starter, write_study_schema

ROOT = Path(__file__).resolve().parents[3]
STUDIES = sorted(ROOT.glob("analyses/*/study.yaml"))
Write = Callable[[str], Path]


def as_python() -> Study:
    window = {"from": -30.0, "to": 0, "visit": "baseline"}
    return Study(
        id="demo",
        title="Demo",
        origin="synthetic",
        windows={"baseline": window},
        variables={
            "afp": {"kind": "derived", "derive": "afp", "window": "baseline"},
            "size": {"kind": "derived", "derive": "longest_diameter", "window": "baseline", "rollup": "largest"},
            "dose": {"kind": "derived", "derive": "tad_lesion", "source": "y90_pet_ct"},
            "necrosis": {"kind": "derived", "derive": "necrosis", "rollup": "poorest"},
            "large": {"kind": "cut", "of": "size", "cuts": (50,), "labels": ["small", "large"]},
        },
        eligibility={"big": {"variable": "size", "min": 3, "unit": "cm"}},
        analysis_sets={"everyone": {"grain": "patient"}, "tumours": {"grain": "lesion"}},
        endpoints={
            "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]},
            "free": {"kind": "binary", "variable": "large", "event": ["small"]},
        },
        analyses={
            "baseline": {"method": "summary", "title": "Baseline", "variables": ["afp", "size"]},
            "survival": {
                "method": "kaplan_meier", "title": "Survival", "endpoint": "os", "by": "large", "test": "log_rank",
            },
        },
        variants={"tumour_level": {"analyses": {"baseline": {"set": "tumours"}, "survival": None}}},
    )  # fmt: skip


def test_yaml_and_python_give_the_same_study(folder: Write) -> None:
    made = read_study(folder(PAGE))
    assert made == as_python()
    assert made.fingerprint == as_python().fingerprint


def test_a_file_and_its_folder_are_the_same_study(folder: Write) -> None:
    path = folder(PAGE)
    assert study_file(path) == study_file(path / "study.yaml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Demo", "title: Demos"),
        ("min: 3", "min: 3.1"),
        ("from: -30", "from: -31"),
        ("rollup: largest", "rollup: lowest"),
        ("  everyone: {grain: patient}\n  tumours: {grain: lesion}", "  tumours: {grain: lesion}\n"
            "  everyone: {grain: patient}"),
        ("labels: [small, large]", "labels: [large, small]"),
        ("censor: [last_contact]", "censor: []"),
        ("survival: null", "survival: {title: Life}"),
    ],
)  # fmt: skip
def test_any_change_moves_the_fingerprint(old: str, new: str, folder: Write) -> None:
    assert PAGE.count(old) == 1
    changed = PAGE.replace(old, new)
    if old.startswith("  everyone"):  # the default set must fit the analyses
        changed = changed.replace("title: Baseline", "title: Baseline, set: everyone").replace(
            "title: Survival", "title: Survival, set: everyone"
        )
        straight = PAGE.replace("title: Baseline", "title: Baseline, set: everyone").replace(
            "title: Survival", "title: Survival, set: everyone"
        )
    else:
        straight = PAGE
    assert read_study(folder(changed)).fingerprint != read_study(folder(straight)).fingerprint


def test_comments_and_layout_do_not_move_the_fingerprint(folder: Write) -> None:
    laid_out = "# a note\n" + PAGE.replace("windows:\n", "windows:   # days\n").replace("to: 0", "to: 0.0")
    assert read_study(folder(laid_out)).fingerprint == as_python().fingerprint


def test_a_study_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        as_python().title = "other"


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": 1, "b": 2}, {"b": None}, {"a": 1}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": None, "c": 2}}, {"a": {"c": 2}}),
        ({"a": 1}, {"z": None}, {"a": 1}),
        ({"a": {"x": 1}}, "text", "text"),
        ([1], {"a": 1}, {"a": 1}),
    ],
)
def test_merge_patch_is_rfc_7386(target: object, patch: object, result: object) -> None:
    assert merge_patch(target, patch) == result


def test_a_variant_changes_adds_and_removes(folder: Write) -> None:
    path = folder(PAGE)
    base, variant = read_study(path), read_study(path, "tumour_level")
    assert list(base.analyses) == ["baseline", "survival"]
    assert list(variant.analyses) == ["baseline"]
    assert variant.analyses["baseline"].set == "tumours"
    assert variant.analyses["baseline"].title == "Baseline"
    assert not variant.variants
    assert variant.fingerprint != base.fingerprint


def test_an_unknown_variant_names_the_nearest(folder: Write) -> None:
    with pytest.raises(InputError, match=r"(?s)unknown variant 'tumor_level'.*'tumour_level'"):
        read_study(folder(PAGE), "tumor_level")


def test_a_faulty_variant_says_which_and_what(folder: Write) -> None:
    path = folder(PAGE.replace("{set: tumours}", "{set: tumors}"))
    with pytest.raises(InputError, match=r"(?s)variant 'tumour_level': .*unknown analysis set 'tumors'.*'tumours'"):
        read_study(path, "tumour_level")


ITEMS = {
    "summary": {"interval": "proportion_interval"},
    "cross_table": {"interval": "proportion_interval"},
    "proportion": {"interval": "proportion_interval"},
    "kaplan_meier": {"interval": "kaplan_meier_interval", "median": "median_rule"},
    "follow_up": {"interval": "kaplan_meier_interval", "median": "median_rule", "ties": "reverse_kaplan_meier_ties"},
    "cox": {"ties": "cox_ties"},
}


def statistics(study: Study) -> list[str]:
    (section,) = [section for section in prose(study) if section.heading == "Statistical analysis"]
    return list(section.entries)


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.parent.name)
def test_prose_mentions_every_analysis_and_its_conventions(file: Path) -> None:
    study = read_study(file)
    lines = statistics(study)
    for analysis in study.analyses.values():
        how = [line.rsplit(": ", 1)[0] for line in lines if analysis.title in line.rsplit(": ", 1)[1]]
        assert how, analysis.title
        for field, item in ITEMS.get(analysis.method, {}).items():
            assert any(words(item, getattr(analysis, field)) in line for line in how)


def test_prose_says_every_convention_of_every_method(folder: Write) -> None:
    extra = """\
  rate: {method: proportion, title: Rate, endpoint: free, interval: clopper_pearson, level: 0.9}
  seen: {method: follow_up, title: Seen, endpoint: os, ties: flipped_indicator, interval: plain, median: midpoint}
  hazard: {method: cox, title: Hazard, endpoint: os, terms: [afp], ties: breslow}
  spread: {method: summary, title: Spread, variables: [afp], statistic: median_iqr, quantile_type: "2"}
  groups:
    method: compare_groups
    title: Groups
    variable: afp
    by: large
    test: mann_whitney
    convention: exact
    also: [{test: t_test, convention: pooled}]
    statistic: median_iqr
    quantile_type: "6"
variants:
"""
    study = read_study(folder(PAGE.replace("variants:\n", extra)))
    said = {title: line for line in statistics(study) for title in line.rstrip(".").rsplit(": ", 1)[1].split("; ")}
    expected = {
        "Rate": [words("proportion_interval", "clopper_pearson"), "level 90 %"],
        "Seen": [
            words("reverse_kaplan_meier_ties", "flipped_indicator"),
            words("kaplan_meier_interval", "plain"),
            words("median_rule", "midpoint"),
        ],
        "Hazard": [words("cox_ties", "breslow"), words("cox_inference", "wald")],
        "Spread": [words("quantile_type", "2")],
        "Groups": [words("mann_whitney", "exact"), words("t_test", "pooled"), words("quantile_type", "6")],
        "Survival": [words("kaplan_meier_interval", "log-log"), words("log_rank_variance", "hypergeometric")],
    }
    for title, phrases in expected.items():
        for phrase in phrases:
            assert phrase in said[title], said[title]


def test_prose_says_what_a_reader_must_know(folder: Write) -> None:
    head = "origin: synthetic\ndata: {cutoff: 2024-06-30}\namendments:\n" + (
        "  - {date: 2024-01-02, change: Window widened, reason: visits were late}"
    )
    study = read_study(folder(PAGE.replace("origin: synthetic", head)))
    text = "\n".join(line for section in prose(study) for line in (*section.paragraphs, *section.entries))
    for phrase in (
        "no result describes real ones",
        "30.4375 days",
        "Data cut-off: 2024-06-30",
        "at least 3 cm",
        "A missing value is never eligible",
        "2024-01-02: Window widened (visits were late).",
        "not evaluable counts as no event",
        "censored at last contact",
        "Window baseline: days −30 to 0",
        "an undated record counts when its visit is baseline",
    ):
        assert phrase in text


def load(path: Path) -> object:
    """The page as an editor sees it: a date is text."""
    page = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return json.loads(json.dumps(page, default=str))


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.parent.name)
def test_the_json_schema_accepts_the_committed_studies(file: Path, tmp_path: Path) -> None:
    schema = json.loads(write_study_schema(tmp_path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(load(file))) == []


def test_the_json_schema_accepts_the_starter_and_refuses_an_unknown_key(tmp_path: Path) -> None:
    write_starter(tmp_path / "new")
    schema = json.loads(write_study_schema(tmp_path / "schema").read_text(encoding="utf-8"))
    page = load(tmp_path / "new" / "study.yaml")
    validator = jsonschema.Draft202012Validator(schema)
    assert isinstance(page, dict)
    assert list(validator.iter_errors(page)) == []
    assert list(validator.iter_errors(page | {"titel": "x"}))
    assert read_study(tmp_path / "new").id == page["id"]


def test_there_are_committed_studies() -> None:
    assert STUDIES
