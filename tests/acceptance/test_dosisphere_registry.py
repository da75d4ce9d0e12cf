"""The two-arm registry: what is read from four centres' files is what was drawn, and the report's flow and calibration
are those of the printed trial."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from y90outcomes.cohort import Cohort, build_cohort
from y90outcomes.cohort.columns import Columns, columns_of
from y90outcomes.published.statistics import read_published
from y90outcomes.registry import Registry, read_registry
from y90outcomes.simulate.calibrate import fingerprint
from y90outcomes.simulate.settings import read_settings
from y90outcomes.study import Study, read_study

FOLDER = Path(__file__).parents[2] / "analyses" / "dosisphere01"
KEY = ["centre", "patient_id"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(FOLDER)


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(FOLDER / "study.yaml")


@pytest.fixture(scope="module")
def columns(study: Study, registry: Registry) -> Columns:
    return columns_of(study, registry)


@pytest.fixture(scope="module")
def cohort(study: Study, registry: Registry) -> Cohort:
    return build_cohort(study, registry)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_parquet(FOLDER / "truth" / "derived.parquet")


def beside(columns: Columns, truth: pd.DataFrame, variable: str, name: str) -> pd.DataFrame:
    """Truth of the treated beside a column of the protocol, and where each says it stands."""
    made = columns.column(name, "patient")
    assert made is not None
    found = columns.people.patients[KEY].reset_index(drop=True).astype(object)
    found = found.assign(made=made.values.astype(object).to_numpy(), source=made.source.to_numpy())
    own = truth[truth["variable"] == variable].astype(object)
    return own.merge(found, on=KEY, validate="1:1")


def test_the_committed_registry_is_clean_small_and_synthetic(registry: Registry) -> None:
    assert not registry.blocking
    assert registry.issues == ()
    assert {source.origin for source in registry.sources} == {"synthetic"}
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 5_000_000
    with (FOLDER / "truth" / "faults.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == []


def test_every_clean_value_arrives_as_it_was_drawn(registry: Registry) -> None:
    for name, read in registry.tables.items():
        drawn = pd.read_parquet(FOLDER / "truth" / f"{name}.parquet")
        assert len(read) == len(drawn), name
        keys = [*registry.schema.tables[name].primary_key]
        left, right = (
            frame.sort_values(keys, kind="stable", na_position="first", ignore_index=True) for frame in (read, drawn)
        )
        for column in registry.schema.tables[name].columns:
            texts = [frame[column].astype("string").fillna("") for frame in (left, right)]
            same = texts[0] == texts[1]
            assert same.all(), (name, column)


@pytest.mark.parametrize(("variable", "name"), [("tad_index", "td"), ("pld", "pld")])
def test_doses(columns: Columns, truth: pd.DataFrame, variable: str, name: str) -> None:
    both = beside(columns, truth, variable, name)
    assert len(both) == 56
    assert (both["number"].astype(float) == both["made"].astype(float)).all()


def test_arm_and_response_of_the_index_lesion(columns: Columns, truth: pd.DataFrame) -> None:
    arm = beside(columns, truth, "arm", "arm_recorded")
    assert (arm["value"] == arm["made"]).all()
    response = beside(columns, truth, "easl", "response_3m")
    assert len(response) > 45
    assert (response["value"] == response["made"]).all(), response[response["value"] != response["made"]]
    assert [str(row) in text for row, text in zip(response["source_row"], response["source"], strict=True)] == [
        True
    ] * len(response)


def test_survival_from_randomisation_and_the_day_of_surgery(
    cohort: Cohort, registry: Registry, truth: pd.DataFrame
) -> None:
    frame = cohort.frames["patient"]
    outcome = cohort.outcomes["patient"]["overall_survival"]
    began = (
        registry.tables["treatments"].set_index(KEY)["date"]
        - registry.tables["patients"].set_index(KEY)["randomisation_date"]
    )
    delay = began.dropna().dt.days.reindex(pd.MultiIndex.from_frame(frame[KEY])).to_numpy()
    end = truth[truth["variable"] == "end"].set_index(KEY)["day"].reindex(pd.MultiIndex.from_frame(frame[KEY]))
    assert outcome.time.to_numpy() * 30.4375 == pytest.approx(end.to_numpy() + delay)
    surgery = truth[truth["variable"] == "surgery"].set_index(KEY)["day"]
    switched = cohort.switches["patient"]["surgery"].days
    assert pd.Series(switched).equals(surgery.reindex(pd.MultiIndex.from_frame(frame[KEY])).reset_index(drop=True))


def test_sixty_randomised_fifty_six_treated(cohort: Cohort) -> None:
    left = [row.left for row in cohort.attrition.rows if row.centre == "all"]
    assert left == [60, 60, 56]


def test_the_committed_calibration_belongs_to_the_page_and_the_code() -> None:
    made = json.loads((FOLDER / "derived" / "calibration.json").read_text(encoding="utf-8"))
    assert made["patients"] == 200_000
    assert made["fingerprint"] == fingerprint(read_settings(FOLDER)), "run `make calibrate`"
    assert made["within"] >= made["of"] - 3


def test_every_recomputed_statistic_says_what_the_draw_was_made_to_meet() -> None:
    statistics = read_published(FOLDER / "published.yaml")
    assert len(statistics) == 149  # 144 transcribed, and five that the audit needs
    addressed = [entry for entry in statistics if entry.addresses]
    assert len(addressed) > 120
    assert all(entry.simulation in ("calibrated", "free") for entry in addressed)
