"""The thirteen-centre registry: clean values arrive as in the truth, planted faults are found under their rule."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from y90outcomes.registry import Registry, cell_lines, read_registry
from y90outcomes.simulate.calibrate import fingerprint
from y90outcomes.simulate.centres import CENTRES
from y90outcomes.simulate.faults import DOCUMENTED
from y90outcomes.simulate.folder import write_registry
from y90outcomes.simulate.settings import read_settings

STUDY = Path(__file__).parents[2] / "analyses" / "target"
PLACE = ["source_file", "source_sheet", "source_row"]


def _silent(what: str, done: int, of: int) -> None:
    """No progress."""


def _simulate(folder: Path, patients: int, seed: int, faults: str) -> tuple[Path, Registry]:
    out = write_registry(STUDY, patients, seed, faults, folder / f"{faults}{seed}", _silent)
    return out, read_registry(out)


def _differences(out: Path, registry: Registry) -> list[str]:
    """Every column of every table that does not arrive as drawn, cell by cell, with its place."""
    found = []
    for name, table in registry.schema.tables.items():
        key = list(table.primary_key)
        drawn = pd.read_parquet(out / "truth" / f"{name}.parquet")
        read, drawn = (
            frame.sort_values(key, kind="stable", na_position="first", ignore_index=True)
            for frame in (registry.tables[name], drawn)
        )
        if len(read) != len(drawn):
            found.append(f"{name}: {len(read)} rows for {len(drawn)}")
            continue
        for column in [*table.columns, *PLACE]:
            a, b = drawn[column], read[column]
            if b.dtype.kind == "f":
                same = np.isclose(a.astype(float), b, rtol=1e-12, atol=0, equal_nan=True)
            else:
                left, right = (part.astype("string").fillna("") for part in (a, b))
                if column in PLACE:
                    left, right = left.replace({"0": ""}), right.replace({"0": ""})
                same = (left == right).to_numpy(dtype=bool)
            if not same.all():
                found.append(f"{name}.{column}: {sorted(drawn['centre'][~same].unique())}")
    return found


@pytest.mark.parametrize("seed", [11])
def test_every_clean_value_arrives_as_in_the_truth(tmp_path: Path, seed: int) -> None:
    out, registry = _simulate(tmp_path, 120, seed, "none")
    assert not _differences(out, registry)
    assert not registry.blocking
    assert {source.origin for source in registry.sources} == {"synthetic"}
    assert registry.tables["patients"]["centre"].nunique() == len(CENTRES)


@pytest.mark.parametrize("seed", [21, 22])
def test_every_planted_fault_is_found_and_few_clean_rows_are(tmp_path: Path, seed: int) -> None:
    out, registry = _simulate(tmp_path, 209, seed, "documented")
    faults = pd.read_csv(out / "truth" / "faults.csv", dtype={"row": "Int64"})
    reported = {(i.rule, i.centre, i.file, i.row or 0, i.table, i.column) for i in cell_lines(registry.issues)}
    faults["found"] = [
        (line.rule, line.centre, line.file, 0 if pd.isna(line.row) else int(line.row), line.table, line.column)
        in reported
        for line in faults.itertuples()
    ]
    recall = faults.groupby("fault")["found"].any()
    assert recall.all(), list(recall[~recall].index)
    assert set(recall.index.str.rsplit("_", n=1).str[0]) == set(DOCUMENTED)
    touched = set(zip(faults["centre"], faults["file"], faults["row"], strict=True))
    rows = {place for frame in registry.tables.values() for place in _places(frame)}
    flagged = {
        (i.centre, i.file, i.sheet, i.row)
        for i in registry.issues
        if i.severity in ("blocking", "query") and i.row is not None and (i.centre, i.file, i.row) not in touched
    }
    assert len(flagged) <= 0.01 * len(rows)


def _places(frame: pd.DataFrame) -> set[tuple[str, str, str, int]]:
    sheets = frame["source_sheet"].fillna("")
    return set(zip(frame["centre"], frame["source_file"], sheets, frame["source_row"], strict=True))


def test_the_same_seed_writes_the_same_registry(tmp_path: Path) -> None:
    first = write_registry(STUDY, 40, 3, "documented", tmp_path / "a", _silent)
    second = write_registry(STUDY, 40, 3, "documented", tmp_path / "b", _silent)
    assert read_registry(first).fingerprint == read_registry(second).fingerprint
    names = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(second)) for path in second.rglob("*") if path.is_file())
    changed = [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()]
    assert [name for name in changed if not name.endswith(".duckdb")] == []  # DuckDB stamps its files


def test_the_committed_registry_is_clean_small_synthetic_and_as_drawn() -> None:
    registry = read_registry(STUDY)
    assert not registry.blocking
    assert len(registry.tables["patients"]) == 209
    assert {source.origin for source in registry.sources} == {"synthetic"}
    assert len({style.form for style in CENTRES}) == 11
    assert len({style.language for style in CENTRES}) == 6
    size = sum(path.stat().st_size for path in STUDY.rglob("*") if path.is_file())
    assert size < 5_000_000
    assert not _differences(STUDY, registry)
    with (STUDY / "truth" / "faults.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == []


def test_the_committed_calibration_belongs_to_the_page_and_the_code() -> None:
    import json

    made = json.loads((STUDY / "derived" / "calibration.json").read_text(encoding="utf-8"))
    assert made["patients"] == 200_000
    assert made["fingerprint"] == fingerprint(read_settings(STUDY)), "run `make calibrate`"
    assert made["within"] >= 75


def test_derived_truth_names_the_row_that_shows_it(tmp_path: Path) -> None:
    out, registry = _simulate(tmp_path, 60, 31, "none")
    derived = pd.read_parquet(out / "truth" / "derived.parquet")
    for name, table, column in (("death", "follow_up", "event"), ("grade_bilirubin", "labs", "analyte")):
        own = derived[(derived["variable"] == name) & (derived["source_row"].notna()) & (derived["source_row"] > 0)]
        read = registry.tables[table]
        wanted = "death" if name == "death" else "bilirubin"
        places = _places(read[read[column] == wanted])
        assert len(own) > 0
        shown = set(zip(own["centre"], own["source_file"], own["source_sheet"], own["source_row"], strict=True))
        assert shown <= places
    best = derived[(derived["variable"] == "mrecist_best") & (derived["lesion_id"] == "")]
    seen = best[best["value"] != "NE"]
    imaging = registry.tables["imaging"]
    whole = _places(imaging[imaging["lesion_id"].isna()])
    assert set(zip(seen["centre"], seen["source_file"], seen["source_sheet"], seen["source_row"], strict=True)) <= whole
    assert best.loc[best["value"] == "NE", "source_row"].isna().all()
    reported = registry.tables["assessments"]
    reported = reported[(reported["visit"] == "best") & (reported["criterion"] == "mrecist")]
    both = best.merge(reported, on=["centre", "patient_id"])
    assert len(both) == 60
    # a site also counts stable disease before day 42, and a response after another treatment
    other = both[both["value"] != both["response"]]
    assert len(other) < 6
    assert set(zip(other["value"], other["response"], strict=True)) <= {("NE", "SD"), ("SD", "PR"), ("SD", "CR")}
