"""What the README promises: its script runs, its commands and targets exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import y90outcomes
from y90outcomes.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_the_python_script_runs(readme: str, tmp_path: Path):
    scripts = blocks(readme, "python")
    assert scripts, "the README shows no Python script"
    for call in ("read_study", "read_registry", "build_cohort", "analyse", "write_report"):
        assert call in y90outcomes.__all__
        assert any(f"{call}(" in script for script in scripts), call
    shutil.copytree(ROOT / "analyses", tmp_path / "analyses")
    file = tmp_path / "readme.py"
    file.write_text("\n".join(scripts), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(file)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reports = [path for path in tmp_path.rglob("report.html") if "analyses" not in path.parts]
    assert len(reports) == 1
    assert (reports[0].parent / "results.json").is_file()


def test_the_audit_gives_what_is_shown(readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (page,) = [block for block in blocks(readme, "yaml") if block.startswith("paper:")]
    (shown,) = [block for block in blocks(readme, "text") if block.startswith("$ y90 audit published.yaml")]
    assert len(page.splitlines()) == 10
    monkeypatch.chdir(tmp_path)
    Path("published.yaml").write_text(page, encoding="utf-8")
    done = CliRunner().invoke(main, ["audit", "published.yaml"])
    assert done.exit_code == 1
    for line in shown.splitlines()[1:]:
        for part in line.split(" … "):
            assert part in done.output


def test_every_make_target_named_exists(readme: str):
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join([*blocks(readme, "[a-z]*"), *ticks(readme)])))
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"reproduce", "test"} <= named
    assert named <= targets


def ticks(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def test_every_command_named_exists(readme: str):
    named = set(re.findall(r"\by90 ([a-z]+)", "\n".join([*blocks(readme, "[a-z]*"), *ticks(readme)])))
    assert "run" in named
    assert named <= set(main.commands)


def test_every_file_linked_exists(readme: str):
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", readme) if "://" not in link]
    pictures = re.findall(r'<img[^>]* src="([^":]+)"', readme)
    for link in filter(None, [*links, *pictures]):
        assert (ROOT / link).exists(), link
