"""`y90 verify`: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import importlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from y90outcomes import cli

MEERUN = Path(__file__).resolve().parents[3] / "analyses" / "meerun"


def test_agreement_is_exit_0_and_the_table_a_csv(tmp_path: Path):
    out = tmp_path / "v.csv"
    done = CliRunner().invoke(cli.main, ["verify", str(MEERUN), "--only", "objective_response", "--out", str(out)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith("6 numbers verified, 3 not; 0 differ.\n")
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert {row["status"] for row in rows} == {"agrees", "not verified"}
    assert all(row["reason"] for row in rows if row["status"] == "not verified")


def test_a_difference_is_exit_1_and_named(monkeypatch: pytest.MonkeyPatch):
    proportion = importlib.import_module("y90outcomes.methods.proportion")
    right = proportion.estimate
    monkeypatch.setattr(proportion, "estimate", lambda *a, **k: replace(right(*a, **k), upper=0.5))
    done = CliRunner().invoke(cli.main, ["verify", str(MEERUN), "--only", "objective_response"])
    assert done.exit_code == 1
    assert "objective_response/rate/all#upper  50 | statsmodels 99" in done.stderr


def test_an_unknown_analysis_is_exit_2():
    done = CliRunner().invoke(cli.main, ["verify", str(MEERUN), "--only", "nothing"])
    assert done.exit_code == 2
    assert "no such analysis" in done.stderr
