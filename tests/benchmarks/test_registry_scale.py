"""From CSV to checked canonical tables: time and memory at 10⁴, 10⁵ and 10⁶ laboratory rows, and how they grow.

`make bench` prints the table; the bounds are those the toolkit promises on two cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from registry_study import ROWS_PER_PATIENT, write_study

SIZES = (10_000, 100_000, 1_000_000)
SECONDS = 30
GIGABYTES = 4
STEEPER_THAN_LINEAR = 1.5
"""Ten times the rows may take this many times ten times as long: sorting, and a memory cache that no longer holds."""

DRIVER = """
import json, resource, sys, time
import y90outcomes.registry as registry
from y90outcomes.schema import load_schema
load_schema()
start = time.perf_counter()
last, parts = ["", start], {}
def progress(what, done, of):
    now = time.perf_counter()
    word = last[0].split(" ")[0]
    parts[word] = parts.get(word, 0) + now - last[1]
    last[:] = what, now
made = registry.read_registry(sys.argv[1], progress=progress)
seconds = time.perf_counter() - start
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "gigabytes": kilobytes / 1e6, "blocking": len(made.blocking), "parts": parts,
                  "rows": {name: len(frame) for name, frame in made.tables.items()}}))
"""


def measure(folder: Path) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", DRIVER, str(folder)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return {n: measure(write_study(tmp_path_factory.mktemp(f"rows{n}"), n)) for n in SIZES}


def test_a_million_laboratory_rows(measured, capsys):
    head = f"{'rows':>10} {'patients':>9} {'seconds':>8} {'GB':>5} {'µs/row':>7} {'ratio':>6}  of which"
    lines, before = [head], None
    for n, found in measured.items():
        ratio = "" if before is None else f"{found['seconds'] / before:.1f}"
        steps = ", ".join(f"{word} {value:.1f}" for word, value in found["parts"].items() if word)
        lines.append(f"{n:>10} {n // ROWS_PER_PATIENT:>9} {found['seconds']:>8.2f} {found['gigabytes']:>5.2f} "
                     f"{found['seconds'] / n * 1e6:>7.1f} {ratio:>6}  {steps}")  # fmt: skip
        before = found["seconds"]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))
    largest = measured[SIZES[-1]]
    assert largest["rows"]["labs"] == SIZES[-1]
    assert largest["rows"]["patients"] == SIZES[-1] // ROWS_PER_PATIENT
    assert largest["blocking"] == 0
    assert largest["seconds"] < SECONDS
    assert largest["gigabytes"] < GIGABYTES


def test_time_and_memory_grow_no_faster_than_the_rows(measured):
    for small, large in pairwise(SIZES[1:]):
        growth = large / small * STEEPER_THAN_LINEAR
        assert measured[large]["seconds"] < growth * measured[small]["seconds"]
        assert measured[large]["gigabytes"] < growth * measured[small]["gigabytes"]
