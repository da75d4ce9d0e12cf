"""One run of each study for all acceptance tests, and a command line that runs in this process."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent for path in ROOT.glob("analyses/*/study.yaml"))


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def console(self) -> str:
        return self.out + self.err


Command = Callable[..., Said]


def command(*arguments: object) -> Said:
    """`y90 ARGUMENTS` in this process and the current folder. Anything but an exit code is a failure of ours."""
    from y90outcomes.cli import main

    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert "Traceback" not in done.output
    assert "a fault of y90outcomes itself" not in done.output
    return Said(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def y90(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in an empty current folder."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return command


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this test session that parallel workers share."""
    base = tmp_path_factory.getbasetemp()
    shelf = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shelf"
    shelf.mkdir(exist_ok=True)
    return shelf


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, made by the first worker that asks for it; the others wait."""
    lock = folder.with_name(folder.name + ".lock")
    try:
        lock.touch(exist_ok=False)
    except FileExistsError:
        for _ in range(1200):
            if folder.is_dir():
                return folder
            time.sleep(0.1)
        pytest.fail(f"another worker has not made {folder.name}")
    draft = folder.with_name(folder.name + ".draft")
    make(draft)
    return draft.rename(folder)


@pytest.fixture(scope="session")
def reports(shelf: Path) -> Callable[[Path], Path]:
    """A study folder's report, written by `y90 run` once in the session."""

    def report(study: Path) -> Path:
        def make(out: Path) -> None:
            said = command("run", study, "--out", out)
            assert said.code == 0, said.err

        return once(shelf / f"report-{study.name}", make)

    return report


@pytest.fixture(scope="session")
def starter(shelf: Path) -> Path:
    """The study `y90 init` writes."""

    def make(folder: Path) -> None:
        said = command("init", folder)
        assert said.code == 0, said.err

    return once(shelf / "starter", make)


@pytest.fixture(scope="session")
def meerun(reports: Callable[[Path], Path]) -> Path:
    """The report of analyses/meerun."""
    return reports(ROOT / "analyses" / "meerun")


@pytest.fixture(scope="session")
def starter_report(reports: Callable[[Path], Path], starter: Path) -> Path:
    """The report of the study `y90 init` writes."""
    return reports(starter)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of analyses/meerun, to be spoilt."""
    return Path(shutil.copytree(ROOT / "analyses" / "meerun", tmp_path / "study"))


@pytest.fixture
def young(tmp_path: Path, starter: Path) -> Path:
    """A copy of the starter study (it has dates), to be spoilt."""
    return Path(shutil.copytree(starter, tmp_path / "young"))


@pytest.fixture
def earlier(tmp_path: Path, meerun: Path) -> Path:
    """An earlier report, which no blocked run may touch."""
    return Path(shutil.copytree(meerun, tmp_path / "reports" / "earlier"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, byte for byte."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="session")
def read() -> Callable[[Path], dict[str, bytes]]:
    """`contents`, for tests."""
    return contents
