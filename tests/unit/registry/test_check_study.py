"""The checks, lists and the copy through the protocol and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from y90outcomes import pipeline
from y90outcomes.cli import main
from y90outcomes.errors import InputError
from y90outcomes.study.starter import write_starter

ROOT = Path(__file__).parents[3]


def starter(folder: Path, rules: str = "") -> Path:
    """The study that `y90 init` writes, with one treatment dated before the method existed."""
    write_starter(folder)
    page = folder / "study.yaml"
    text = page.read_text(encoding="utf-8")
    if rules:
        text = text.replace("  on_invalid_cell: block\n", f"  on_invalid_cell: block\n  rules: {rules}\n")
    page.write_text(text, encoding="utf-8")
    return folder


def lower_limit(folder: Path) -> None:
    """Give one follow-up an impossible order, so that there is something to ask."""
    for path in sorted((folder / "data").rglob("*.csv")):
        text = path.read_text(encoding="utf-8")
        if "2020" in text:
            path.write_text(text.replace("2020", "2031", 1), encoding="utf-8")
            return
    raise AssertionError("the starter study has no date of 2020")


def test_a_rule_is_switched_in_the_protocol_with_a_reason_that_is_printed(tmp_path):
    folder = starter(tmp_path / "s", "{digit_preference: {off: true, reason: sizes were rounded on purpose}}")
    study, registry = pipeline.read(folder)
    assert study.data.rules["digit_preference"].off
    cohort = pipeline.prepare(folder)
    caption = next(table.caption for table in cohort.quality if table.id == "quality_issues")
    assert "digit preference is switched off: sizes were rounded on purpose" in caption
    assert registry.corrections == ()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("{digit_preference: {off: true}}", "reason"),
        ("{digit_preference: {off: true, reason: ' '}}", "reason"),
        ("{digit_preferences: {off: true, reason: x}}", "did you mean 'digit_preference'"),
        ("{duplicate_key: {off: true, reason: x}}", "cannot be switched off"),
    ],
)
def test_a_rule_without_reason_or_name_is_refused(tmp_path, rules, said):
    with pytest.raises(InputError) as error:
        pipeline.read(starter(tmp_path / "s", rules))
    assert said in str(error.value)


def test_check_writes_lists_for_each_centre_and_prints_no_value(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = starter(tmp_path / "s")
    lower_limit(folder)
    done = CliRunner().invoke(main, ["check", str(folder), "--out", "queries"])
    assert done.exit_code == 1
    assert (tmp_path / "queries" / "index.html").is_file()
    assert list((tmp_path / "queries").glob("*-queries.xlsx"))
    assert "2031" not in done.output
    again = CliRunner().invoke(main, ["check", str(folder), "--out", str(folder)])
    assert again.exit_code == 2
    assert "something else" in again.output


def test_the_pseudonymised_copy_gives_the_same_results(tmp_path):
    done = CliRunner().invoke(
        main, ["pseudonymise", str(ROOT / "analyses" / "meerun"), "--out", str(tmp_path / "c"), "--key",
               str(tmp_path / "k")]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    first, second = pipeline.run(ROOT / "analyses" / "meerun"), pipeline.run(tmp_path / "c")
    moved = [item.address for item in pipeline.compare(first, second, 1e-12)]
    assert [address for address in moved if not address.startswith("quality_missing/")] == []
