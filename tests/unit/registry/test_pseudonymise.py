"""The copy of a study that may be shared: other keys, other dates, the same intervals and values."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from y90outcomes.errors import FindingsError, InputError
from y90outcomes.registry import read_registry
from y90outcomes.registry.pseudonymise import _unique, pseudonymise
from y90outcomes.registry.read import read_with_raw

TEXT = (
    "Patient;Sexe;Bili;Date;Nom;Fin;Né\nP001;F;10,5;01/02/2020;Martin;03/02/2021;1950\n"
    "P002;M;12;15/03/2020;Dupont;04/05/2021;1944\n"
)
ADDED = {
    "        sex:": "        birth_year: Né\n        sex:",
    "      labs:": "      follow_up:\n        patient_id: Patient\n        event: {constant: last_contact}\n"
    "        occurrence: {constant: yes}\n        date: Fin\n      labs:",
}
DOSES = [["Doses"], ["Patient", "Tumeur", "Dose"], ["P001", "P001-a", 205.5], ["P002", "P002-a", 300]]


@pytest.fixture
def place(tmp_path_factory):
    """A folder beside the study, which lies in `tmp_path`."""
    return tmp_path_factory.mktemp("place")


def study(make, text=TEXT):
    folder = make(text, doses=DOSES, replace=ADDED)
    (folder / "study.yaml").write_text("id: x\n", encoding="utf-8")
    return folder


def copy(make, place, **more):
    folder = study(make)
    out = place / "copies" / "one"
    files = pseudonymise(folder, out, place / "key.txt", **more)
    return folder, out, files


def every_text(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


def test_the_copy_holds_the_same_values_under_other_keys_and_dates(make, place):
    folder, out, files = copy(make, place)
    with pytest.raises(InputError, match="names of persons"):
        read_registry(folder)
    original, _inputs = read_with_raw(folder, door=False)
    again = read_registry(out)
    assert again.issues == original.issues == ()
    assert files == sorted(path for path in out.rglob("*") if path.is_file())
    for name, frame in original.tables.items():
        other = again.tables[name]
        assert len(frame) == len(other)
        for column in set(frame) - {"patient_id", "lesion_id", "birth_year", "date", "source_file", "source_sheet",
                                    "source_row"}:  # fmt: skip
            assert sorted(frame[column].dropna()) == sorted(other[column].dropna())
    told = every_text(out)
    for secret in ("P001", "P002", "Martin", "Dupont", "2020-02-01", "2020-03-15"):
        assert secret not in told
    assert (place / "key.txt").read_text(encoding="ascii").strip() not in told


def test_intervals_and_ages_stay_and_every_date_of_a_patient_moves_alike(make, place):
    folder, out, _files = copy(make, place)

    def facts(registry):
        first = registry.tables["treatments"].set_index("patient_id")["date"]
        last = registry.tables["follow_up"].set_index("patient_id")["date"]
        born = registry.tables["patients"].set_index("patient_id")["birth_year"]
        return pd.DataFrame({"days": (last - first).dt.days, "age": first.dt.year - born, "date": first})

    before, after = facts(read_with_raw(folder, door=False)[0]), facts(read_registry(out))
    columns = ["days", "age"]
    assert sorted(before[columns].itertuples(index=False)) == sorted(after[columns].itertuples(index=False))
    joined = before.merge(after, on=columns, suffixes=("", "_after"))
    moved = (joined["date"] - joined["date_after"]).dt.days
    assert len(joined) == 2
    assert moved.between(1, 365).all()
    assert moved.nunique() == 2


def test_the_same_key_makes_the_same_copy_and_another_key_another(make, place):
    folder, out, _files = copy(make, place)
    pseudonymise(folder, place / "copies" / "two", place / "key.txt")
    pseudonymise(folder, place / "copies" / "three", place / "other.txt")
    assert every_text(out) == every_text(place / "copies" / "two")
    assert every_text(out) != every_text(place / "copies" / "three")


def test_the_key_is_made_for_its_owner_alone_and_stays_apart(make, place):
    folder, out, _files = copy(make, place)
    assert (place / "key.txt").stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="apart"):
        pseudonymise(folder, place / "new", place / "new" / "key.txt")
    with pytest.raises(InputError, match="apart"):
        pseudonymise(folder, folder / "inner", place / "key.txt")
    (place / "weak.txt").write_text("secret", encoding="ascii")
    with pytest.raises(InputError, match="too short"):
        pseudonymise(folder, place / "new", place / "weak.txt")
    with pytest.raises(InputError, match="not empty"):
        pseudonymise(folder, out, place / "key.txt")
    assert not (place / "new").exists()


def test_dates_beyond_the_cut_off_are_refused(make, place):
    folder = study(make)
    with pytest.raises(InputError, match="1 dates lie after the data cut-off"):
        pseudonymise(folder, place / "c", place / "k", cutoff=dt.date(2021, 3, 1))
    assert not (place / "c").exists()
    assert pseudonymise(folder, place / "c", place / "k", cutoff=dt.date(2021, 6, 1))


def test_blocking_issues_are_told_without_their_values(make, place):
    folder = study(make, TEXT.replace("15/03/2020", "31/02/2020"))
    with pytest.raises(FindingsError) as error:
        pseudonymise(folder, place / "c", place / "k")
    assert {item.value for item in error.value.issues} == {""}
    assert not (place / "c").exists()


def test_a_pseudonym_grows_until_it_is_the_only_one():
    digests = {("a", "1"): "0" * 16 + "1" * 48, ("a", "2"): "0" * 16 + "2" * 48, ("a", "3"): "3" * 64}
    made = _unique(digests)
    assert len(set(made.values())) == 3
    assert {len(text) for text in made.values()} == {24}


def test_answers_of_centres_are_in_the_copy_and_their_lists_are_not(make, place):
    _folder, out, _files = copy(make, place)
    assert not (out / "corrections").exists()
    assert sorted(path.name for path in out.iterdir()) == ["centres", "data", "study.yaml"]
