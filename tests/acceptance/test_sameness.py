"""Two runs on one machine write the same bytes, whatever surrounds them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "analyses" / "meerun"


def start(study: str, out: str, cwd: Path, surroundings: dict[str, str]) -> subprocess.Popen[bytes]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("LC_", "LANG", "TZ", "OMP", "PYTHONHASH"))
    }
    environment = kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)} | surroundings
    return subprocess.Popen(
        [sys.executable, "-m", "y90outcomes.cli", "run", study, "--out", out],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_the_same_bytes_whatever_surrounds_a_run(
    tmp_path: Path, meerun: Path, read: Callable[[Path], dict[str, bytes]]
):
    far = tmp_path / "fär away"
    far.mkdir()
    runs = {
        far / "one": start(
            str(STUDY),
            "one",
            far,
            {"LANG": "C", "LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"},
        ),
        tmp_path / "deep" / "two": start(
            "analyses/meerun/study.yaml",
            str(tmp_path / "deep" / "two"),
            ROOT,
            {
                "LANG": "C.UTF-8",
                "LC_ALL": "C.UTF-8",
                "TZ": "America/St_Johns",
                "PYTHONHASHSEED": "4242",
                "OMP_NUM_THREADS": "2",
                "OPENBLAS_NUM_THREADS": "2",
                "COLUMNS": "40",
                "MPLBACKEND": "svg",
            },
        ),
    }
    wanted = read(meerun)  # a third run, in another process, with a third hash seed
    for out, run in runs.items():
        _, err = run.communicate(timeout=120)
        assert run.returncode == 0, err.decode()
        assert err == b""  # silent when piped
        found = read(out)
        assert list(found) == list(wanted)
        assert [name for name in wanted if found[name] != wanted[name]] == []


def test_nothing_of_this_machine_enters_a_report(meerun: Path, read: Callable[[Path], dict[str, bytes]]):
    here = [str(ROOT).encode(), str(meerun.parent).encode(), os.uname().nodename.encode() + b"."]
    for name, content in read(meerun).items():
        assert not [word for word in here if word in content], name


def test_a_run_leaves_nothing_beside_its_report(meerun: Path):
    assert not [path.name for path in meerun.parent.iterdir() if path.name.startswith(".")]
