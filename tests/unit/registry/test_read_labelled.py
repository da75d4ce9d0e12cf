"""SPSS, Stata and SAS: numbers, dates, labels and the reasons of missing values arrive as the file declares them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from fixtures.reading import FILES, cells, read, refused

DAY = dt.date(2020, 1, 31)


@pytest.fixture
def sav(tmp_path) -> Path:
    frame = pd.DataFrame({
        "Geschlecht": [1.0, 2.0, 9.0, np.nan],
        "bili": [13.6, 999.0, 1e-7, 98.0],
        "code": ["X", "ND", "Y", ""],
        "tag": [DAY, DAY, None, DAY],
    })  # fmt: skip
    path = tmp_path / "raw.sav"
    pyreadstat.write_sav(
        frame, path,
        variable_value_labels={
            "Geschlecht": {1: "männlich", 2: "weiblich", 9: "unbekannt"}, "bili": {999: "nicht gemessen"},
        },
        missing_ranges={"Geschlecht": [9], "bili": [{"lo": 98, "hi": 999}], "code": ["ND"]},
    )  # fmt: skip
    return path


def test_spss_labels_and_user_missing_values(sav):
    raw = read("spss", sav, dialect={"decimal": ","})
    assert cells(raw) == [
        ["männlich", "13,6", "X", "2020-01-31"],
        ["weiblich", "nicht gemessen", "ND", "2020-01-31"],
        ["unbekannt", "1e-07", "Y", ""],
        ["", "98", "", "2020-01-31"],
    ]
    assert raw.missing == {
        "Geschlecht": {"unbekannt": "unbekannt"},
        "bili": {"nicht gemessen": "nicht gemessen", "98": "declared missing"},
        "code": {"ND": "declared missing"},
    }
    assert raw.rows.tolist() == [1, 2, 3, 4]
    assert raw.typed


def test_spss_codes_keep_the_reasons(sav):
    raw = read("spss", sav, values="codes")
    assert raw.frame["Geschlecht"].tolist() == ["1", "2", "9", ""]
    assert raw.missing["Geschlecht"] == {"9": "unbekannt"}
    assert raw.missing["bili"] == {"999": "nicht gemessen", "98": "declared missing"}


def test_values_that_share_a_label_stay_apart(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    pyreadstat.write_sav(frame, tmp_path / "raw.sav", variable_value_labels={"a": {1: "other", 2: "other", 3: "4"}})
    raw = read("spss", tmp_path / "raw.sav")
    assert raw.frame["a"].tolist() == ["other [1]", "other [2]", "4 [3]", "4"]


def test_stata_extended_missing_values(tmp_path):
    frame = pd.DataFrame({"sex": [1, 2, "a", "b"], "w": [1.5, "a", None, 2.5], "t": ["a", "b", "", "c"]})
    path = tmp_path / "raw.dta"
    pyreadstat.write_dta(
        frame, path, variable_value_labels={"sex": {1: "Male", 2: "Female", "a": "Refused"}},
        missing_user_values={"sex": ["a", "b"], "w": ["a"]},
    )  # fmt: skip
    raw = read("stata", path)
    assert cells(raw) == [["Male", "1.5", "a"], ["Female", ".a", "b"], ["Refused", "", ""], [".b", "2.5", "c"]]
    assert raw.missing == {"sex": {"Refused": "Refused", ".b": ".b"}, "w": {".a": ".a"}}
    codes = read("stata", path, values="codes")
    assert codes.frame["sex"].tolist() == ["1", "2", ".a", ".b"]
    assert codes.missing["sex"] == {".a": "Refused", ".b": ".b"}


def test_stata_single_precision_is_the_shortest_decimal(tmp_path):
    frame = pd.DataFrame({"f": np.array([13.6, 0.1], dtype="float32"), "d": [13.6, 0.1], "i": [3, 4]})
    frame["day"] = pd.to_datetime(["2020-01-31", "2020-02-29"])
    frame.to_stata(tmp_path / "raw.dta", write_index=False, version=118, convert_dates={"day": "td"})
    assert cells(read("stata", tmp_path / "raw.dta")) == [
        ["13.6", "13.6", "3", "2020-01-31"],
        ["0.1", "0.1", "4", "2020-02-29"],
    ]


@pytest.mark.parametrize("version", [5, 8])
def test_sas_transport(tmp_path, version):
    frame = pd.DataFrame({"id": ["P1", "P2"], "dose": [205.5, np.nan], "n": [3.0, 4.0], "day": [DAY, None]})
    pyreadstat.write_xport(frame, tmp_path / "raw.xpt", file_format_version=version)
    raw = read("sas", tmp_path / "raw.xpt")
    assert cells(raw) == [["P1", "205.5", "3", "2020-01-31"], ["P2", "", "4", ""]]


def test_a_sas_data_set_written_by_sas():
    raw = read("sas", FILES / "iris.sas7bdat")
    assert list(raw.frame.columns) == ["Sepal_Length", "Sepal_Width", "Petal_Length", "Petal_Width", "Species"]
    assert cells(raw)[0] == ["5.1", "3.5", "1.4", "0.2", "setosa"]
    assert cells(raw)[149] == ["5.9", "3", "5.1", "1.8", "virgin"]
    assert len(raw.frame) == 150


def test_damaged_files_are_refused(tmp_path, sav):
    pd.DataFrame({"a": range(500)}).to_stata(tmp_path / "raw.dta", write_index=False, version=118)
    pyreadstat.write_xport(pd.DataFrame({"a": range(500)}), tmp_path / "raw.xpt")
    for form, path in (
        ("spss", sav),
        ("stata", tmp_path / "raw.dta"),
        ("sas", FILES / "iris.sas7bdat"),
        ("sas", tmp_path / "raw.xpt"),
    ):
        content = path.read_bytes()
        cut = tmp_path / f"cut{path.suffix}"
        cut.write_bytes(content[: int(len(content) * 0.7) + 1])
        assert any(words in refused(form, cut) for words in ("damaged", "ends before", "ends within"))
        cut.write_bytes(b"")
        assert "the file is empty" in refused(form, cut)
        cut.write_bytes(b"A;B\n1;2\n")
        assert f"named {path.suffix} but is not" in refused(form, cut)


def test_a_crash_of_the_library_is_a_refusal(tmp_path, sav):
    """The header claims a string variable of a width the file does not hold; whatever the library does, we refuse."""
    content = bytearray(sav.read_bytes())
    content[176:] = bytes(255 for _ in content[176:])
    path = tmp_path / "bad.sav"
    path.write_bytes(content)
    assert "is damaged or not an SPSS file" in refused("spss", path)
