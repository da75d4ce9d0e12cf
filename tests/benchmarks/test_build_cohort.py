"""How the time of `build_cohort` grows with the number of patients. Ratios within one run; run by `make bench`."""

from __future__ import annotations

import gc
import time

import pytest
from tests.benchmarks.synthetic import LABS, LESIONS, make_registry, make_study

from y90outcomes.cohort import build_cohort

SIZES = (1_000, 10_000, 100_000)
REPEATS = {1_000: 5, 10_000: 2, 100_000: 1}
SLACK = 1.5
"""How much steeper than the number of patients time may grow; more means a loop per patient, or sorting gone wild."""


def seconds(patients: int) -> float:
    """The best of some runs, registry made beforehand."""
    study, registry = make_study(), make_registry(patients)
    best = float("inf")
    for _ in range(REPEATS[patients]):
        gc.collect()
        start = time.perf_counter()
        made = build_cohort(study, registry)
        best = min(best, time.perf_counter() - start)
    assert len(made.attrition.rows) > 0
    return best


def test_time_grows_no_faster_than_the_number_of_patients(capsys: pytest.CaptureFixture[str]) -> None:
    build_cohort(make_study(), make_registry(100))  # imports and first calls are not what is measured
    taken = {size: seconds(size) for size in SIZES}
    small = taken[SIZES[0]]
    with capsys.disabled():
        print(f"\nbuild_cohort, {LESIONS} lesions and {LABS} laboratory values a patient")  # noqa: T201
        print(f"{'patients':>10} {'seconds':>9} {'× first':>9} {'× patients':>11} {'µs/patient':>11}")  # noqa: T201
        for size, spent in taken.items():
            print(  # noqa: T201
                f"{size:>10,} {spent:>9.3f} {spent / small:>9.1f} {size / SIZES[0]:>11.0f} {1e6 * spent / size:>11.1f}"
            )
    assert taken[SIZES[-1]] / small < SLACK * SIZES[-1] / SIZES[0]
