"""What a stored reconstruction says of printed numbers: only an exhaustive search accuses, and beyond a last digit."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from y90outcomes.published import reconstructed
from y90outcomes.published.statistics import read_published_page

PAGE = """\
statistics:
- {id: r, what: rate, kind: km_rate_ci, value: 15.0, precision: 1, unit: "%", n: 45, ci: {low: 7.8, high: 30.5}}
- {id: p, what: log-rank, kind: p_value, value: 0.001, precision: 3, relation: "<"}
"""


def outcomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any] | None
) -> list[reconstructed.Outcome]:
    page = tmp_path / "published.yaml"
    page.write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(reconstructed, "stored_reconstruction", lambda folder: made)
    groups = SimpleNamespace(groups={"g": SimpleNamespace(rates={"36": "r"})})
    monkeypatch.setattr(reconstructed, "read_reconstruction", lambda folder: (groups, None))
    return list(reconstructed.reconstruction_outcomes(tmp_path, read_published_page(page).statistics))


def group(wrong: list[list[str]], instead: dict[str, list[float]], exhaustive: bool = True) -> dict[str, Any]:
    one = {"label": "Group", "exhaustive": exhaustive, "one_of_these_is_wrong": wrong, "instead": instead,
           "rounding": "half"}  # fmt: skip
    return {"groups": {"g": one}, "splits": {}}


@pytest.mark.parametrize(
    ("made", "verdicts"),
    [
        (None, []),
        (group([], {}), []),
        (group([["r#lower"]], {"r#lower": [7.388, 7.39]}), [("disagrees", False)]),
        (group([["r#lower"]], {"r#lower": [7.71, 7.72]}), [("agrees", True)]),
        (group([["r#lower"], ["r#upper"]], {}), [("agrees", True)]),
        (group([["r#lower", "r#survival"]], {}), [("agrees", True)]),
        (group([["r#lower"]], {"r#lower": [7.3, 7.4]}, exhaustive=False), []),
    ],
)
def test_a_group_without_a_history(tmp_path, monkeypatch, made, verdicts):
    assert [(one.check.verdict, one.remark) for one in outcomes(tmp_path, monkeypatch, made)] == verdicts


def test_numbers_that_only_cutting_prints_are_a_remark(tmp_path, monkeypatch):
    made = group([], {})
    made["groups"]["g"]["rounding"] = "either"
    (one,) = outcomes(tmp_path, monkeypatch, made)
    assert (one.ids, one.kind, one.remark) == (("r",), "rounding", True)


@pytest.mark.parametrize(("ways", "verdict"), [(0, "disagrees"), (3, "agrees")])
def test_a_log_rank_p_that_no_way_of_dealing_gives(tmp_path, monkeypatch, ways, verdict):
    split = {"label": "Split", "exhaustive": True, "ways": 70, "log_rank_p": {"min": 0.002, "max": 0.3},
             "prints": {"p": {"printed": "<0.001", "ways": ways}}}  # fmt: skip
    (one,) = outcomes(tmp_path, monkeypatch, {"groups": {}, "splits": {"s": split}})
    assert one.check.verdict == verdict
    assert f"{ways} of 70 ways" in one.check.detail
