"""A study's reconstruction from its page to the table of its report, and what the committed ones say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from y90outcomes.errors import InputError
from y90outcomes.published.reconstruction.pages import read_reconstruction
from y90outcomes.published.reconstruction.reconstruct import CORNERS, TARGET, main, reconstruct
from y90outcomes.published.reconstruction.table import (
    reconstruction_groups_table,
    reconstruction_table,
    stored_reconstruction,
)
from y90outcomes.results.whole import write_json

STUDIES = Path(__file__).parents[3] / "analyses"

PUBLISHED = """
paper: Made up
statistics:
- {id: a_1y, what: rate of a, kind: km_rate_ci, value: 50.0, ci: {low: 25.0, high: 100.0}, precision: 1}
- {id: b_1y, what: rate of b, kind: km_rate_ci, value: 25.0, ci: {low: 7.5, high: 83.0}, precision: 1}
- {id: a_median, what: median of a, kind: km_median_ci, value: 11.0, ci: {low: 6.0, high: not reached}, precision: 1}
- {id: hr, what: a against b, kind: hazard_ratio, value: 0.5, ci: {low: 0.2, high: 1.5}, precision: 1}
- {id: p, what: a against b, kind: p_value, value: 0.3, precision: 1}
"""
PAGE = """
interval: log
median_rule: first
horizon: 12
last: 24
draws: 15
groups:
  a: {label: A, n: 8, rates: {"12": a_1y}, medians: [a_median]}
  b: {label: B, n: [7, 8], rates: {"12": b_1y}, seen: 12}
comparisons:
  ab: {label: A against B, first: a, second: b, hazard_ratio: hr, p: [p]}
linked: [ab]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "published.yaml").write_text(PUBLISHED, encoding="utf-8")
    (tmp_path / "reconstruction.yaml").write_text(PAGE, encoding="utf-8")
    return tmp_path


def test_from_page_to_table(folder: Path) -> None:
    assert reconstruction_table(folder) is None
    main([str(folder)])
    made = json.loads((folder / TARGET).read_text(encoding="utf-8"))
    assert made["origin"] == "reconstructed"
    assert made["groups"]["a"]["deaths"] == {"12": [4, 4]}
    assert made["groups"]["b"]["n"] == [8]  # of 7 nobody prints 25.0 %
    assert made["groups"]["b"]["at_risk"] == {"12": [2, 2]}
    ratio = made["comparisons"]["ab"]["all"]["hazard_ratio"]
    assert made["comparisons"]["ab"]["placements"] == 2 * 15 + 2 * CORNERS
    assert ratio["min"] < ratio["low"] < ratio["high"] < ratio["max"]
    for table in (reconstruction_table(folder), reconstruction_groups_table(folder)):
        assert table is not None
        assert not table.notes
        assert table.title.startswith("Reconstructed")
        assert len({row[0] for row in table.rows}) == len(table.rows)


def test_the_same_bytes_twice_and_other_draws_with_another_seed(folder: Path) -> None:
    first, again, other = (reconstruct(folder, seed) for seed in (1, 1, 2))
    assert json.dumps(first) == json.dumps(again)
    assert first["comparisons"]["ab"]["all"] != other["comparisons"]["ab"]["all"]


def test_a_changed_number_makes_it_stale(folder: Path) -> None:
    (folder / TARGET).parent.mkdir()
    write_json(folder / TARGET, reconstruct(folder))
    assert stored_reconstruction(folder) is not None
    (folder / "published.yaml").write_text(PUBLISHED.replace("value: 50.0", "value: 50.1"), encoding="utf-8")
    table = reconstruction_table(folder)
    assert table is not None
    assert [note.kind for note in table.notes] == ["stale"]
    assert stored_reconstruction(folder) is None
    (folder / TARGET).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError):
        reconstruction_table(folder)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [("a_1y}", "a_2y}", "a_2y"), ("first: a,", "first: z,", "'z'"), ("draws: 15", "drows: 15", "drows")],
)
def test_faults_of_a_page(folder: Path, old: str, new: str, word: str) -> None:
    (folder / "reconstruction.yaml").write_text(PAGE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=word):
        read_reconstruction(folder)


def test_contradicting_numbers_are_named(folder: Path) -> None:
    text = PUBLISHED.replace("{low: 25.0, high: 100.0}", "{low: 25.0, high: 72.9}")
    (folder / "published.yaml").write_text(text, encoding="utf-8")
    made = reconstruct(folder)["groups"]["a"]
    assert made["one_of_these_is_wrong"] == [["a_1y#upper"]]
    assert made["instead"]["a_1y#upper"] == [pytest.approx(99.98, abs=0.01)] * 2


def test_what_the_committed_ones_say() -> None:
    """Three ways to divide 56 patients agree on the deaths; a paper's p below 0.001 is out of reach."""
    trial = json.loads((STUDIES / "dosisphere01" / TARGET).read_text(encoding="utf-8"))
    assert {tuple(one["deaths"][:3]) for one in trial["linked"]["standings"]} == {(37, 42, 48)}
    assert (trial["groups"]["td_ge205"]["n"], trial["groups"]["td_lt205"]["n"]) == ([33], [15])
    assert (trial["groups"]["pld_ge150"]["n"], trial["groups"]["pld_lt150"]["n"]) == ([29], [27])
    ratio = trial["comparisons"]["arm"]["all"]["hazard_ratio"]
    assert ratio["min"] < 0.51 < ratio["max"]
    series = json.loads((STUDIES / "meerun" / TARGET).read_text(encoding="utf-8"))
    assert series["groups"]["pfs"]["one_of_these_is_wrong"] == [["pfs_1y#lower"]]
    assert series["splits"]["necrosis"]["prints"]["pfs_logrank_cpn"]["ways"] == 0
    assert all(group["exhaustive"] for made in (trial, series) for group in made["groups"].values())


def test_the_known_times_are_those_of_the_patient_table() -> None:
    page, _ = read_reconstruction(STUDIES / "meerun")
    rows = (STUDIES / "meerun" / "data" / "patients_carcinome.csv").read_text(encoding="cp1252").splitlines()[1:]
    times = [row.split(";")[-1].replace(",", ".") for row in rows]
    assert sorted(float(time) for time in times if time not in ("", "–", "—", "-")) == [
        float(text) for text in page.groups["pfs"].known
    ]
