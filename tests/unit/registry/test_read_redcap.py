"""REDCap exports: raw and labelled give the same table; repeats and events are chosen apart."""
# ruff: noqa: E501  (the lines of the invented files are as long as they are)

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reading import cells, read, refused

DICTIONARY = """\
"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels"
record_id,demographics,,text,"Record ID",
sex,demographics,,radio,"Sex at <b>birth</b>","1, Male | 2, Female"
etiology,demographics,,checkbox,"Cause","1, Hepatitis B | -9, Unknown"
consent,demographics,,yesno,"Consent",
intro,demographics,,descriptive,"Welcome",
lesion,lesions,,text,"Lesion number",
site,lesions,,dropdown,"Site","R, Right, lobe | L, Left lobe"
"""
RAW = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,etiology___1,etiology____9,consent,demographics_complete,lesion,site,lesions_complete
P1,base_arm_1,,,1,1,0,1,2,,,
P1,base_arm_1,lesions,1,,,,,,T1,R,0
P1,base_arm_1,lesions,2,,,,,,T2,L,2
P1,m3_arm_1,,,,0,0,,,,,
P2,base_arm_1,,,2,0,1,0,1,,,
"""
LABELLED = """\
"Record ID","Event Name","Repeat Instrument","Repeat Instance","Sex at birth","Cause (choice=Hepatitis B)","Cause (choice=Unknown)",Consent,demographics_complete,"Lesion number",Site,lesions_complete
P1,base_arm_1,,,Male,Checked,Unchecked,Yes,Complete,,,
P1,base_arm_1,Lesions,1,,,,,,T1,"Right, lobe",Incomplete
P1,base_arm_1,Lesions,2,,,,,,T2,"Left lobe",Complete
P1,m3_arm_1,,,,Unchecked,Unchecked,,,,,
P2,base_arm_1,,,Female,Unchecked,Checked,No,Unverified,,,
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
    (tmp_path / "raw.csv").write_text(RAW, encoding="utf-8")
    (tmp_path / "labelled.csv").write_text(LABELLED, encoding="utf-8")
    return tmp_path


def take(folder: Path, name: str, **options: object):
    return read("redcap", folder / f"{name}.csv", dictionary=folder / "dictionary.csv", **options)


@pytest.mark.parametrize("name", ["raw", "labelled"])
def test_patients_are_the_rows_that_do_not_repeat(folder, name):
    raw = take(folder, name, event=("base_arm_1",))
    assert raw.frame[
        ["record_id", "sex", "etiology___1", "etiology____9", "consent", "demographics_complete"]
    ].to_numpy().tolist() == [
        ["P1", "Male", "Checked", "Unchecked", "Yes", "Complete"],
        ["P2", "Female", "Unchecked", "Checked", "No", "Unverified"],
    ]
    assert raw.rows.tolist() == [2, 6]
    assert raw.typed


@pytest.mark.parametrize("name", ["raw", "labelled"])
def test_repeats_are_a_table_of_their_own(folder, name):
    raw = take(folder, name, instrument="lesions")
    columns = ["record_id", "redcap_repeat_instance", "lesion", "site", "lesions_complete"]
    assert raw.frame[columns].to_numpy().tolist() == [
        ["P1", "1", "T1", "Right, lobe", "Incomplete"],
        ["P1", "2", "T2", "Left lobe", "Complete"],
    ]
    assert raw.rows.tolist() == [3, 4]
    assert raw.sheet == "lesions"


@pytest.mark.parametrize("name", ["raw", "labelled"])
def test_codes_can_be_asked_for_from_either_export(folder, name):
    raw = take(folder, name, values="codes", event=("base_arm_1",))
    assert raw.frame[["sex", "etiology___1", "consent", "demographics_complete"]].to_numpy().tolist() == [
        ["1", "1", "1", "2"],
        ["2", "0", "0", "1"],
    ]


def test_every_event_without_a_choice_and_several_with_one(folder):
    assert take(folder, "raw").frame["redcap_event_name"].tolist() == ["base_arm_1", "m3_arm_1", "base_arm_1"]
    assert len(take(folder, "raw", event=("m3_arm_1", "base_arm_1")).frame) == 3


def test_an_export_without_repeats_has_their_columns_empty(folder):
    (folder / "plain.csv").write_text("record_id,sex\nP1,1\n", encoding="utf-8")
    raw = take(folder, "plain")
    assert cells(raw) == [["P1", "Male", "", ""]]
    assert "no instrument repeats" in refused(
        "redcap", folder / "plain.csv", dictionary=folder / "dictionary.csv", instrument="lesions"
    )


def test_what_does_not_fit_is_named(folder):
    dictionary = folder / "dictionary.csv"
    assert "'lesions'" in refused("redcap", folder / "raw.csv", dictionary=dictionary, instrument="lesion")
    assert "'m3_arm_1'" in refused("redcap", folder / "raw.csv", dictionary=dictionary, event=("m3_arm",))
    (folder / "mixed.csv").write_text("record_id,sex,consent\nP1,1,Yes\n", encoding="utf-8")
    assert "holds codes in 'sex' and labels in 'consent'" in refused(
        "redcap", folder / "mixed.csv", dictionary=dictionary
    )
    (folder / "odd.csv").write_text("record_id,sexe\nP1,1\n", encoding="utf-8")
    assert "'sexe' is not in the data dictionary" in refused("redcap", folder / "odd.csv", dictionary=dictionary)
    assert "has no column 'Field Type'" in refused("redcap", folder / "raw.csv", dictionary=folder / "odd.csv")


def test_a_shared_label_cannot_be_told_apart(folder):
    text = DICTIONARY + 'site2,lesions,,text,"Site",\n'
    (folder / "dictionary.csv").write_text(text, encoding="utf-8")
    assert "'Site' is the label of several fields" in refused(
        "redcap", folder / "labelled.csv", dictionary=folder / "dictionary.csv"
    )
    assert take(folder, "raw", instrument="lesions").frame["site"].tolist() == ["Right, lobe", "Left lobe"]
