"""For every derivation of the catalogue: what is not recorded makes no value better, what cannot be makes no value, and
the order of rows and the unit of a number make no difference.

Each change (a column left blank, an impossible number) is made in its own copy of one small synthetic registry; the
copies stand beside each other as further centres, so that every derivation meets every change in one go.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from tests.fixtures.text_centre import UNITS, folder, sent
from tests.fixtures.whole_catalogue import Tables, filled, study

from y90outcomes.cohort.columns import Columns, columns_of
from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.derivations.types import Variable
from y90outcomes.registry import Registry, read_registry
from y90outcomes.schema import PROVENANCE, load_schema
from y90outcomes.simulate.folder import write_registry
from y90outcomes.study import Study

TARGET = Path(__file__).parents[2] / "analyses" / "target"
STUDY = study()
SCHEMA = load_schema()
DATES = ("", "maa_", "calibration_", "end_", "diagnosis_")

NOT_EXERCISED: Mapping[str, str] = MappingProxyType({})
"""Derivation -> why no subject of the synthetic registry has a value of it."""

YES = ("milan", "up_to_7", "ucsf", "afp_response", "recommendation", "recommendation_attained", "dose_consistent",
       "energy_balanced", "volumes_fit", "lung_within_limits")  # fmt: skip
NO = ("pvtt", "hvtt", "macrovascular_invasion", "microvascular_invasion", "cirrhosis", "bilobar",
      "extrahepatic_disease", "prior_liver_therapy")  # fmt: skip
LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(YES, ("yes", "no"))
    | dict.fromkeys(NO, ("no", "yes"))
    | {
        "toxicity_outcome": tuple("012345"),  # its other levels say why there is no grade
        "child_pugh_missing": ("none", "several"),
        "bclc_missing": ("staged", "several"),
        "invaded_veins": ("none", "portal", "hepatic", "both"),
    }
)
"""Derivation without an order of its own -> the levels that have one, best first."""
LOWER = (
    "afp", "longest_diameter", "bilirubin", "inr", "creatinine", "ast", "alt", "lung_shunt", "ntad_perfused",
    "ntad_whole_liver", "lung_dose", "tumour_volume_perfused", "tumour_count_reported", "tumour_replacement",
    "child_pugh_points", "albi", "meld", "meld_na", "meld_3", "tumour_burden", "tumour_burden_dosimetry",
    "ntad_partition", "ntad_whole_liver_partition", "lung_dose_mird", "ntad_perfused_course",
    "ntad_whole_liver_course", "lung_dose_cumulative", "lung_dose_cumulative_recorded", "pld_sd", "tad_partition_sd",
    "ntad_partition_sd", "perfused_share", "whole_liver_dose", "activity_needed",
)  # fmt: skip
HIGHER = (
    "albumin", "platelets", "lymphocytes", "tad_lesion", "tad_total_perfused", "recommendation_margin",
    "hepatic_reserve", "hepatic_reserve_nontumour", "hepatic_reserve_dosimetry", "hepatic_reserve_nontumour_dosimetry",
    "flr_share", "sflr", "hypertrophy_percent", "hypertrophy_points", "tn_ratio", "tad_partition", "tad_target",
    "tad_index", "tad_min", "tad_total_perfused_computed", "tad_lesion_course", "tad_total_perfused_course", "pld",
    "pld_mird", "pld_course", "first_progression", "net_activity",
)  # fmt: skip
"""Numbers of which less, or more, is better for the patient or for the verdict drawn from them."""
NO_DIRECTION: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("age", "sex", "etiology_hepatitis_b", "etiology_hepatitis_c", "etiology_alcohol", "etiology_masld",
                   "etiology_cryptogenic", "etiology_other", "days_from_diagnosis", "lesion_role", "lesion_lobe",
                   "pvtt_side", "diagnosis", "primary_site", "endocrine_syndrome", "arm", "etiology_class"),
                  "a trait of the patient or the disease")
    | dict.fromkeys(("intent", "segments_perfused", "tumour_count_open", "activity", "dose_source", "sphere_age",
                     "sphere_activity", "activity_at_administration", "course_count", "course_injections"),
                    "how the patient was treated or counted")
    | dict.fromkeys(("lesion_volume", "liver_volume", "normal_volume", "normal_volume_perfused", "perfused_volume"),
                    "an anatomical volume")
    | dict.fromkeys(("dose_consistency", "energy_balance"), "best at 1; their yes/no forms are ranked")
    | dict.fromkeys(("bclc_agreement", "child_pugh_agreement", "response_agreement"), "two readings beside each other")
    | dict.fromkeys(("recommended_scenario", "scenario_reason", "scenario_overlap"), "names a rule, not a result")
    | dict.fromkeys(("child_pugh_coagulation", "meld_creatinine", "reported_term"), "says which input was used")
)  # fmt: skip
"""Derivations of which no value is better than another -> why."""

BY_DEFINITION: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("*", "patients.tumour_count_open"): "marks a count as a lower limit; blank is a count as it stands",
        ("*", "labs.qualifier"): "marks a result as a limit of the assay; blank is a result as it stands",
        ("*", "treatments.lung_mass"): "MIRD takes 1 kg unless the lungs were measured (Salem 2022)",
        ("best_response", "imaging.nontarget_progression"): "RECIST 1.1, table 1: PR and SD stand where other disease "
                                                            "was not evaluated",
        ("response_at", "imaging.nontarget_progression"): "the same",
    }
)  # fmt: skip
"""(derivation or * for all, column) -> why a blank may give a better value: the source or the schema says so."""
ANOTHER_MEASUREMENT: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("first_progression", "imaging.new_lesion"): "a later visit still shows it",
        ("first_progression", "imaging.viable_diameter"): "the same",
        ("first_progression", "imaging.longest_diameter"): "the same",
        ("first_progression", "imaging.nontarget_progression"): "the same",
        ("reild", "labs.value"): "a bilirubin of another day is then the highest",
        ("child_pugh_points", "labs.value"): "first available: percent or seconds where INR was not measured",
    }
)
"""The same for single blank cells: what was measured at another time, or in another way, is then used."""
FIRST_OF_SEVERAL: Mapping[str, str] = MappingProxyType(
    {"tad_total_perfused_computed": "a mean over the lesions, named by the first of them in the table"}
)
"""Derivations that name the first of several rows that decide together -> why."""
SAYS_IMPOSSIBLE: Mapping[str, str] = MappingProxyType(
    {
        "dose_inputs": "tells impossible from missing",
        "toxicity_outcome": "tells not gradable from not assessed",
        "ten_event": "a sample after progression is no event, whatever it shows",
    }
)
"""Derivations that may answer an impossible number otherwise than a blank."""


@dataclass(frozen=True)
class Change:
    """What one copy of the registry has changed: a column (or columns) of a table, and how."""

    table: str
    columns: tuple[str, ...]
    how: str
    """all | cells (a random half), left blank; an impossible value; nothing; order (rows of every table mixed)"""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.table}.{column}" for column in self.columns)

    @property
    def blank(self) -> bool:
        return self.how in ("all", "cells")


IMPOSSIBLE: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "labs": {"value": -1, "uln": -1, "lln": -1},
        "imaging": dict.fromkeys(("longest_diameter", "viable_diameter", "viable_perpendicular", "thrombus_width",
                                  "liver_volume", "tumour_volume", "perfused_volume", "flr_volume"), -1),
        "dosimetry": {"absorbed_dose": -1, "volume": -1, "mass": -1},
        "treatments": {"activity": -1, "calibrated_activity": -1, "residual_fraction": 101, "residual_activity": -1,
                       "lung_shunt_fraction": 101, "lung_mass": -1, "tumour_normal_ratio": -1, "sphere_age": -1},
        "patients": {"height": -1, "body_mass": -1, "tumour_count": 0, "child_pugh_reported": 4},
    }
)  # fmt: skip
SIGNED = ("prothrombin_seconds",)
"""Analytes (seconds over control) that may be below zero."""


def changes(tables: Tables) -> list[Change]:
    """Every column that holds anything and is no key, blank in two ways; every impossible number; the order of rows."""
    made = [Change("", (), "nothing"), Change("", (), "order")]
    for name, table in SCHEMA.tables.items():
        keys = {"lesion_id", *table.primary_key}
        groups = [(c.name,) for c in table.columns.values() if c.name not in keys]
        groups = [(column,) for (column,) in groups if not table.columns[column].required or read(name, (column,))]
        groups += [(f"{p}date", f"{p}day") for p in DATES if f"{p}day" in table.columns]
        for group in groups:
            if set(group) & set(PROVENANCE) or tables[name][list(group)].isna().all(axis=None):
                continue
            ways = ("all", "cells") if read(name, group) and name != "patients" else ("all",)
            made += [Change(name, group, way) for way in ways]
    made += [Change(name, (column,), f"{value:g}") for name, own in IMPOSSIBLE.items() for column, value in own.items()]
    return made


def read(table: str, columns: tuple[str, ...]) -> bool:
    """Whether any derivation declares one of the columns, or they are a date."""
    declared = {f"{need.table}.{need.column}" for variable in VARIABLES.values() for need in variable.needs}
    return "day" in columns or any(f"{table}.{column}" in declared for column in columns)


def copies(tables: Tables, made: list[Change]) -> Tables:
    """The tables as often as there are changes, each copy with its own change and its own centres."""
    draw = np.random.default_rng(11)
    big: Tables = {}
    for name, frame in tables.items():
        count, frame = len(frame), frame.reset_index(drop=True)
        rows = [draw.permutation(count) if change.how == "order" else np.arange(count) for change in made]
        many = frame.iloc[np.concatenate(rows)].reset_index(drop=True)
        which = np.repeat(np.arange(len(made)), count)
        many["centre"] = many["centre"] + pd.Series(which, dtype="string").radd("@")
        pieces: dict[str, dict[int, pd.Series]] = {}
        for at, change in enumerate(made):
            if change.table == name:
                for column, values in changed(frame, change, draw).items():
                    pieces.setdefault(column, {})[at] = values
        for column, own in pieces.items():
            whole = [own.get(at, frame[column]).iloc[order].array for at, order in enumerate(rows)]
            many[column] = type(whole[0])._concat_same_type(whole)
        big[name] = many
    return big


def changed(frame: pd.DataFrame, change: Change, draw: np.random.Generator) -> dict[str, pd.Series]:
    if not change.blank:
        (column,) = change.columns
        rows = frame[column].notna()
        if change.table == "labs":
            rows &= ~frame["analyte"].isin(SIGNED)
        return {column: frame[column].mask(rows, frame[column].dtype.type(float(change.how)))}
    rows = draw.random(len(frame)) < 0.5 if change.how == "cells" else np.ones(len(frame), dtype=bool)
    return {column: frame[column].mask(rows) for column in change.columns}


def with_tables(registry: Registry, tables: Tables) -> Registry:
    return replace(registry, tables=MappingProxyType(tables))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    out = tmp_path_factory.mktemp("drawn") / "registry"
    drawn = read_registry(write_registry(TARGET, 30, 7, "none", out, lambda what, done, of: None))
    assert drawn.blocking == ()
    return with_tables(drawn, filled(drawn.tables))


@dataclass(frozen=True)
class Changed:
    """Of every variable of the study, values and sources by change (rows) and subject (columns)."""

    changes: list[Change]
    values: dict[str, npt.NDArray[Any]]
    sources: dict[str, npt.NDArray[Any]]

    def pairs(self) -> Iterator[tuple[str, Variable, Change, int]]:
        for name in self.values:
            for at, change in enumerate(self.changes):
                if change.table:
                    yield name, variable_of(name), change, at


@pytest.fixture(scope="module")
def results(registry: Registry) -> Changed:
    tables = dict(registry.tables)
    made = changes(tables)
    columns = columns_of(STUDY, with_tables(registry, copies(tables, made)))
    values, sources = {}, {}
    order = {grain: by_subject(columns, grain) for grain in ("patient", "lesion")}
    for name in STUDY.variables:
        grain = variable_of(name).grain
        column = columns.column(name, grain)
        assert column is not None
        values[name] = column.values.to_numpy(dtype=object, na_value=None)[order[grain]].reshape(len(made), -1)
        sources[name] = column.source.to_numpy(dtype=object)[order[grain]].reshape(len(made), -1)
    return Changed(made, values, sources)


def by_subject(columns: Columns, grain: str) -> npt.NDArray[np.intp]:
    """Positions of the subjects, copy by copy, in the order of their keys."""
    people = columns.people.lesions if grain == "lesion" else columns.people.patients
    centre = people["centre"].str.rsplit("@", n=1, expand=True)
    keys = [people["lesion_id"]] if grain == "lesion" else []
    frame = pd.DataFrame({"copy": centre[1].astype(int), "centre": centre[0], "patient": people["patient_id"]})
    frame = frame.assign(**{f"key{at}": key for at, key in enumerate(keys)}).reset_index(drop=True)
    return frame.sort_values(list(frame.columns), kind="stable").index.to_numpy()


def variable_of(name: str) -> Variable:
    return VARIABLES[name.split("__")[0]]


def ranks(variable: Variable, values: npt.NDArray[Any]) -> npt.NDArray[np.float64] | None:
    """Low is good, NaN missing; None for a derivation without a direction."""
    if variable.name in (*LOWER, *HIGHER):
        sign = 1.0 if variable.name in LOWER else -1.0
        return sign * np.array([np.nan if value is None else value for value in values.ravel()]).reshape(values.shape)
    levels = LEVELS.get(variable.name) or (tuple(variable.levels) if variable.ordered else ())
    if not levels:
        return None
    rank = {level: float(at) for at, level in enumerate(levels)}
    blank = float(len(levels)) if variable.name.endswith("_missing") else np.nan
    return np.array([rank.get(value, np.nan if value is None else blank) for value in values.ravel()]).reshape(
        values.shape
    )


def excused(variable: Variable, change: Change) -> bool:
    keys = {(who, name) for who in (variable.name, "*") for name in change.names}
    return bool(keys & set(BY_DEFINITION)) or (change.how == "cells" and bool(keys & set(ANOTHER_MEASUREMENT)))


def test_the_registry_exercises_the_whole_catalogue(results: Changed) -> None:
    assert {variable_of(name).name for name in STUDY.variables} == set(VARIABLES)
    known = dict.fromkeys(VARIABLES, 0)
    for name, values in results.values.items():
        here = sum(value is not None for value in values[0])
        known[variable_of(name).name] = max(known[variable_of(name).name], here)
    assert {name: count for name, count in known.items() if count < 5}.keys() == NOT_EXERCISED.keys()


def test_every_derivation_has_a_direction_or_a_reason_for_none() -> None:
    ranked = {name for name, variable in VARIABLES.items() if variable.ordered} | set(LEVELS) | {*LOWER, *HIGHER}
    assert ranked | set(NO_DIRECTION) >= set(VARIABLES), set(VARIABLES) - ranked - set(NO_DIRECTION)
    assert not ranked & set(NO_DIRECTION), ranked & set(NO_DIRECTION)
    assert set(LEVELS) | {*LOWER, *HIGHER} <= set(VARIABLES)


def test_a_blank_never_makes_a_value_better(results: Changed) -> None:
    found = []
    for name, values in results.values.items():
        rank = ranks(variable_of(name), values)
        if rank is None:
            continue
        for at, change in enumerate(results.changes):
            if not change.blank or excused(variable_of(name), change):
                continue
            room = 1e-9 * np.abs(rank[0])
            better = rank[at] < rank[0] - room
            worst = np.nanmax(rank[0], initial=-np.inf)
            gained = np.isnan(rank[0]) & (rank[at] < worst)
            for where in np.flatnonzero(better | gained)[:1]:
                found.append(f"{name}: {', '.join(change.names)} blank ({change.how}), {int((better | gained).sum())} "
                             f"subjects, e.g. {values[0][where]} -> {values[at][where]}")  # fmt: skip
    assert not found, "\n".join(found)


def test_a_derivation_reads_only_what_it_declares(results: Changed) -> None:
    """Dates place a record in a window and sort visits; every other column must be among the needs."""
    found = set()
    for name, variable, change, at in results.pairs():
        needs = {f"{need.table}.{need.column}" for need in variable.needs}
        dated = any(column.endswith(("date", "day")) for column in change.columns)
        if change.blank and not dated and not needs & set(change.names):
            values = results.values[name]
            if (values[at] != values[0]).any():
                found.add(f"{variable.name} reads {', '.join(change.names)}")
    assert not found, "\n".join(sorted(found))


def test_an_impossible_number_counts_as_a_blank(results: Changed) -> None:
    """What a centre recorded is shown as it stands; nothing is computed from it."""
    blank = {change.names: at for at, change in enumerate(results.changes) if change.how == "all"}
    found = []
    for name, variable, change, at in results.pairs():
        if change.blank or variable.name in SAYS_IMPOSSIBLE or (variable.compute is None and variable.derive is None):
            continue
        values = results.values[name]
        wrong = [
            (now, without)
            for now, without in zip(values[at], values[blank[change.names]], strict=True)
            if now is not None and not same(now, without)
        ]
        if wrong:
            found.append(f"{name}: {change.names[0]} = {change.how}, {len(wrong)} subjects, e.g. {wrong[0][0]} where a "
                         f"blank gives {wrong[0][1]}")  # fmt: skip
    assert not found, "\n".join(found)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, rtol=1e-12, atol=0))
    return bool(one == other)


def test_the_order_of_rows_makes_no_difference(results: Changed) -> None:
    at = next(place for place, change in enumerate(results.changes) if change.how == "order")
    found = []
    for name, values in results.values.items():
        wrong = [(before, now) for before, now in zip(values[0], values[at], strict=True) if not same(before, now)]
        rows = results.sources[name]
        other = [] if variable_of(name).name in FIRST_OF_SEVERAL else np.flatnonzero(rows[0] != rows[at]).tolist()
        if wrong or other:
            named = f"{rows[0][other[0]]} -> {rows[at][other[0]]}" if other else ""
            found.append(f"{name}: {len(wrong)} values {wrong[:1]}, {len(other)} sources {named}")
    assert not found, "\n".join(found)


ASKED: Mapping[str, dict[str, Any]] = MappingProxyType(
    {name: {"derive": name, "window": "before"} for name in ("albi", "albi_grade", "meld", "child_pugh_points")}
    | {
        f"grade_{term}": {
            "derive": "max_toxicity_grade", "window": "course", "baseline": "before", "rules": {"term": term},
        }
        for term in ("hyperbilirubinaemia", "creatinine_increased", "hypoalbuminaemia", "inr_increased")
    }
    | {
        f"response_{name}": {"derive": "response_at", "window": "visit", "baseline": "before", "criterion": name}
        for name in ("recist_1_1", "mrecist")
    }
    | {"pld": {"derive": "pld_mird", "source": "maa_spect_ct"}, "net": {"derive": "net_activity"}}
    | {"milan": {"derive": "milan", "window": "before"}, "recorded": {"derive": "pld", "source": "maa_spect_ct"}}
)  # fmt: skip


@functools.cache
def asked() -> Study:
    page = STUDY.model_dump(by_alias=True, exclude_unset=True)
    page["variables"] = {name: {"kind": "derived"} | spec for name, spec in ASKED.items()}
    page["analyses"] = {"a": {"method": "summary", "title": "A", "variables": ["albi"]}}
    return Study.model_validate(page)


def derived(registry: Registry) -> dict[str, list[Any]]:
    columns = columns_of(asked(), registry)
    found = {name: columns.column(name, "patient") for name in ASKED}
    return {name: made.values.to_numpy(dtype=object, na_value=None).tolist() for name, made in found.items() if made}


@pytest.fixture(scope="module")
def unspoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, dict[str, list[Any]]]:
    """The clean files in the first unit of every quantity, and what is derived from them."""
    clean = read_registry(folder(tmp_path_factory.mktemp("unspoilt") / "clean", sent(UNITS[0]), UNITS[0]))
    return clean, derived(clean)


def test_the_units_a_centre_sends_make_no_difference(tmp_path: Path) -> None:
    read = [read_registry(folder(tmp_path / str(at), sent(unit), unit)) for at, unit in enumerate(UNITS)]
    assert read[0].blocking == read[1].blocking == ()
    first, second = (derived(registry) for registry in read)
    assert first == second
    assert first["grade_hyperbilirubinaemia"] == ["2", "3", "4"]
    assert first["response_recist_1_1"] == first["response_mrecist"] == ["PR", "PD", "SD"]
    assert all(value is not None for name, values in first.items() for value in values), first


@pytest.mark.parametrize(
    ("which", "column", "value", "severity", "lost"),
    [
        ({"analyte": "bilirubin", "visit": "baseline"}, "value", "-1.2", "blocking", "albi meld child_pugh_points"),
        ({"analyte": "albumin", "visit": "baseline"}, "value", "0", "blocking", "albi albi_grade"),
        ({"analyte": "bilirubin", "visit": "day_90"}, "value", "-1.2", "blocking", "grade_hyperbilirubinaemia"),
        ({"analyte": "bilirubin", "visit": "day_90"}, "uln", "-1", "blocking", "grade_hyperbilirubinaemia"),
        ({"lesion": "L1", "visit": "baseline"}, "longest", "-5", "blocking", "response_recist_1_1 milan"),
        ({"lesion": "L1", "visit": "baseline"}, "longest", "500", "blocking", "response_recist_1_1 milan"),
        ({"lesion": "L1", "visit": "day_90"}, "viable", "9", "query", ""),
        ({"compartment": "perfused_liver"}, "volume", "-1.05", "blocking", "pld"),
        ({"compartment": "perfused_liver"}, "volume", "1050", "blocking", "pld"),
        ({"compartment": "perfused_liver"}, "dose", "-108", "blocking", "recorded"),
        ({"activity": "2500"}, "activity", "-2500", "blocking", "pld net"),
        ({"activity": "2500"}, "activity", "2500000", "blocking", "pld net"),
        ({"activity": "2500"}, "residual", "102", "blocking", "pld net"),
        ({"activity": "2500"}, "calibrated", "2020-01-15", "query", ""),
    ],
)
def test_an_impossible_cell_of_a_file_is_an_issue_and_no_number(
    unspoilt: tuple[Registry, dict[str, list[Any]]],
    tmp_path: Path,
    which: dict[str, str],
    column: str,
    value: str,
    severity: str,
    lost: str,
) -> None:
    """The first patient's cell is spoilt; the first unit of every quantity is sent."""
    lines = sent(UNITS[0])
    line = next(line for line in lines if which.items() <= line.items())
    line[column] = value
    registry = read_registry(folder(tmp_path / "study", lines, UNITS[0]))
    clean, expected = unspoilt
    new = {item.rule for item in registry.issues if item.severity == severity} - {item.rule for item in clean.issues}
    assert new, registry.issues
    values = derived(registry)
    assert [values[name][0] for name in lost.split()] == [None] * len(lost.split())
    assert [found[1:] for found in values.values()] == [found[1:] for found in expected.values()]
