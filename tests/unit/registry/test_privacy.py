"""The door: what names a person is refused by its heading or its values, and what does not comes in."""

from __future__ import annotations

import pytest

from y90outcomes.errors import InputError
from y90outcomes.registry import read_registry
from y90outcomes.registry.privacy import american, announces, british, dutch, french, german, italian, swiss, turkish

FIRST = ("Ada", "Marie", "Jean", "Karl", "Paolo", "Anneke", "Ayşe", "Søren", "Élise", "Ines")
LAST = ("Martin", "Dupont", "Schäfer", "Rossi", "de Vries", "Yılmaz", "O'Neill", "Lefèvre", "Weiß", "García")
SENTENCE = "seen in clinic with his wife and doing well"


def study(make, heading, values, extra=None):
    """The small study with one more raw column, which no table maps."""
    lines = [f"P{i};F;10,5;01/02/2020;{value}" for i, value in enumerate(values, start=1)]
    doses = [["Doses"], ["Patient", "Tumeur", "Dose"], *[[f"P{i}", 1, 200] for i in range(1, len(values) + 1)]]
    return make(f"Patient;Sexe;Bili;Date;{heading}\n" + "\n".join(lines) + "\n", doses=doses, replace=extra)


def refusal(folder):
    with pytest.raises(InputError) as error:
        read_registry(folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("heading", "values", "what"),
    [
        ("Surname", LAST, "names of persons"),
        ("Nom du patient", LAST, "names of persons"),
        ("PRÉNOM", FIRST, "names of persons"),
        ("Nachname", LAST, "names of persons"),
        ("Cognome", LAST, "names of persons"),
        ("Achternaam", LAST, "names of persons"),
        ("Hasta adı soyadı", LAST, "names of persons"),
        ("X1", [f"{last}, {first}" for first, last in zip(FIRST, LAST, strict=True)], "names of persons"),
        ("Date of birth", ["12/05/1941", "03/11/1950", "30/01/1938"], "full dates of birth"),
        ("Geburtsdatum", ["1941-05-12", "1980-11-03", "1990-01-30"], "full dates of birth"),
        ("Doğum tarihi", ["12.05.1941", "03.11.1950"], "full dates of birth"),
        ("X1", ["12/05/1941", "03/11/1950", "30/01/1938"], "full dates of birth"),
        ("MRN", ["0045123", "0098123", "1123456"], "record or insurance numbers"),
        ("Codice fiscale", ["RSSMRA41E12H501X", "VRDLGI50S03F205Z"], "record or insurance numbers"),
        ("X1", ["943 476 5919", "401 023 2137", "450 557 7104"], "record or insurance numbers"),
        ("X1", ["a", "b", "ada@example.org"], "e-mail addresses"),
        ("X1", ["", "", "+33 6 12 34 56 78"], "e-mail addresses, telephone numbers"),
        ("Telefon", ["089 123456", "0228 55512"], "telephone numbers"),
        ("X1", ["06 12 34 56 78", "06 98 76 54 32", "07 11 22 33 44"], "telephone numbers"),
        ("Bemerkungen", ["", "", "kommt aus Bonn und lebt allein"], "free text"),
        ("X1", [f"{SENTENCE} {i}" for i in range(8)], "free text"),
    ],
)  # fmt: skip
def test_a_personal_column_is_refused_without_its_values(make, heading, values, what):
    text = refusal(study(make, heading, values))
    assert what in text
    assert "pseudonymise" in text
    assert "not_personal" in text
    for value in values:
        assert len(value) < 5 or value not in text
    assert ("column 5 (not mapped)" in text) is (heading == "X1")


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Date de naissance", ["1941", "1950", "1938"]),
        ("Geburtsdatum", ["1941-01-01", "1950-01-01", "1938-01-01"]),
        ("Year of birth", ["1941", "1950", "1938"]),
        ("Date of treatment", ["12/05/2011", "03/11/2015", "30/01/2012"]),
        ("Nom du médicament", ["Sorafenib", "Lenvatinib", "Regorafenib"]),
        ("Device name", ["TheraSphere", "SIR-Spheres", "TheraSphere"]),
        ("Platelets", ["0123", "100000", "250000"]),
        ("AFP", ["1234567890", "12", "400000"]),
        ("Étiologie", ["alcool et hépatite C chronique active", "hépatite B", "alcool"] * 4),
        ("Segments", ["VIII", "V, VI", "II, III"]),
        ("Response", ["Complete Response", "Partial Response", "Stable Disease"] * 4),
        ("Remarks", ["ok", "", "see above"]),
        ("TC", ["si", "no", "si"]),
        ("E-mail", ["yes", "no", "yes"]),
        ("Scan time", ["01/02/2020 10:30:15", "03/02/2020 11:30:15", "05/02/2020 12:30:15"]),
        ("Number", ["123456789", "223456789", "323456781"]),
    ],
)
def test_a_clinical_column_comes_in(make, heading, values):
    registry = read_registry(study(make, heading, values))
    assert len(registry.tables["patients"]) == len(values)


def test_a_reason_lets_a_column_in_and_must_fit(make):
    page = "    tables:\n      patients:"
    folder = study(make, "Name", ["TheraSphere", "SIR"], {page: f"    not_personal: {{Name: product name}}\n{page}"})
    assert len(read_registry(folder).tables["patients"]) == 2
    folder = study(make, "Name", ["TheraSphere", "SIR"], {page: f"    not_personal: {{Nome: product}}\n{page}"})
    text = refusal(folder)
    assert "has no column 'Nome'" in text
    assert "column 'Name' looks like names of persons" in text


def test_a_mapped_column_may_carry_its_reason(make):
    text = "Patient;Sexe;Bili;Date\nMARTIN;F;10,5;01/02/2020\nDUPONT;M;12;15/03/2020\nROSSI;M;12;15/03/2020\n"
    doses = [["Doses"], ["Patient", "Tumeur", "Dose"], ["MARTIN", 1, 205.5]]
    said = refusal(make(text, doses=doses))
    assert "column 'Patient' looks like names of persons" in said
    assert "MARTIN" not in said
    head = "      patients:\n        patient_id: "
    why = {f"{head}Patient\n": f"{head}{{from: Patient, not_personal: names of invented patients}}\n"}
    assert len(read_registry(make(text, doses=doses, replace=why)).tables["patients"]) == 3


def test_checksums_of_national_numbers():
    assert british("943 476 5919")
    assert not british("943 476 5918")
    assert dutch("111222333")
    assert not dutch("111222334")
    assert french("2 55 08 14 168 025 38")
    assert not french("2 55 08 14 168 025 39")
    assert turkish("10000000146")
    assert not turkish("10000000147")
    assert german("A123456780")
    assert not german("A123456781")
    assert american("078-05-1120")
    assert swiss("756.9217.0769.85")
    assert italian("RSSMRA85T10A562S")


@pytest.mark.parametrize(
    "name", ["Patient", "N° patient", "Hasta no", "Nom de la lésion", "Name der Klinik", "Study ID"]
)
def test_a_heading_that_names_no_person_announces_nothing(name):
    assert announces(name) == ""
