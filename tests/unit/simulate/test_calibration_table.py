"""The calibration in a report: there, counted, and stale when the simulation has moved on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from y90outcomes.errors import InputError
from y90outcomes.simulate.calibration_table import calibration_table

STUDY = Path(__file__).parents[3] / "analyses" / "target"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "derived").mkdir()
    shutil.copy(STUDY / "simulation.yaml", tmp_path)
    shutil.copy(STUDY / "derived" / "calibration.json", tmp_path / "derived")
    return tmp_path


def test_every_printed_margin_stands_beside_the_achieved_one(folder: Path) -> None:
    table = calibration_table(folder)
    assert table is not None
    assert table.notes == ()
    assert table.n == 200_000
    cells = {row[0]: row for row in table.rows}
    assert cells["tad, median"][3] == 216.0
    assert cells["tad, median"][4] == pytest.approx(216, abs=3)


def test_a_changed_page_makes_it_stale(folder: Path) -> None:
    page = folder / "derived" / "calibration.json"
    made = json.loads(page.read_text(encoding="utf-8"))
    page.write_text(json.dumps(made | {"fingerprint": "0" * 64}), encoding="utf-8")
    table = calibration_table(folder)
    assert table is not None
    assert [note.kind for note in table.notes] == ["stale"]


def test_none_and_nonsense(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert calibration_table(tmp_path_factory.mktemp("empty")) is None
    (folder / "derived" / "calibration.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="make calibrate"):
        calibration_table(folder)
