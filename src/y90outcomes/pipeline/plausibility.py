"""Where a printed number lies among cohorts of the paper's size drawn from a study's simulation page."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.pipeline.analyses import Progress, run_analyses, silent
from y90outcomes.pipeline.drawn import drawn_cohort, only_for
from y90outcomes.pipeline.explain import analysis_of
from y90outcomes.pipeline.percentiles import FILE, PUBLISHED, Number, asked, fingerprint, placed
from y90outcomes.published.statistics import Statistic, read_published
from y90outcomes.results import Results
from y90outcomes.results.addresses import lookup
from y90outcomes.results.whole import write_json
from y90outcomes.simulate.settings import Settings, read_settings
from y90outcomes.study import Study, read_study
from y90outcomes.study.reading import study_file

COHORTS, SEED = 200, 20_220_601


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a worker needs to recompute the numbers of one cohort."""

    study: Study
    settings: Settings
    addresses: tuple[str, ...]


def plausibility(
    folder: str | Path, cohorts: int = COHORTS, seed: int = SEED, processes: int = 2, progress: Progress = silent
) -> dict[str, Any]:
    """`derived/plausibility.json` of a study folder as plain data.

    Cohort i is drawn with the seed `seed` + i and has the number of patients of the simulation page, so the result does
    not depend on `processes`. Only statistics of `published.yaml` with an address and a word for `simulation` are
    compared, each printed number on its own (see `placed`).

    raises    InputError where the study has no such statistic, or an address names no number
    """
    root = study_file(folder).parent
    study, settings = read_study(root), read_settings(root)
    statistics = asked(read_published(root / PUBLISHED))
    if not statistics:
        raise InputError(
            Fault(str(root / PUBLISHED), "no statistic says both `address` and `simulation`", "address, and "
                  "simulation: calibrated or free")
        )  # fmt: skip
    addresses = tuple(dict.fromkeys(address for entry in statistics for address in entry.addresses))
    known = [name for name in dict.fromkeys(map(analysis_of, addresses)) if name in study.analyses]
    work = _Asked(only_for(study, known), settings, addresses)
    found = _recomputed(work, [seed + number for number in range(cohorts)], processes, progress)
    return {
        "fingerprint": fingerprint(study, settings, statistics),
        "cohorts": cohorts,
        "patients": settings.patients,
        "seed": seed,
        "statistics": {entry.id: _entry(entry, found) for entry in statistics},
    }


def _entry(entry: Statistic, found: Mapping[str, Sequence[Number]]) -> dict[str, Any]:
    parts = [
        {"address": address, "printed": str(part), **placed(part, decimals, entry.relation, found[address])}
        for part, decimals, address in zip(entry.parts, entry.decimals, entry.addresses, strict=True)
    ]
    return {"simulation": entry.simulation, "parts": parts}


def _recomputed(work: _Asked, seeds: Sequence[int], processes: int, progress: Progress) -> dict[str, list[Number]]:
    """Address -> its number in each cohort, in the order of the seeds."""
    lines: list[tuple[Number, ...]] = []
    progress("drawing cohorts", 0, len(seeds))
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _begin, (work,)) as pool:
        for line in pool.imap(_one, seeds, chunksize=2):
            lines.append(line)
            progress("drawing cohorts", len(lines), len(seeds))
    return {address: list(column) for address, column in zip(work.addresses, zip(*lines, strict=True), strict=True)}


_WORK: list[_Asked] = []


def _begin(work: _Asked) -> None:
    _WORK[:] = [work]


def _one(seed: int) -> tuple[Number, ...]:
    return numbers_of(_WORK[0].study, _WORK[0].settings, _WORK[0].addresses, seed)


def numbers_of(study: Study, settings: Settings, addresses: Sequence[str], seed: int) -> tuple[Number, ...]:
    """The numbers at these addresses in the cohort of one seed; infinity for not reached, None for none.

    A level nobody has in a cohort has no address there: none. InputError for an address without such a result.
    """
    cohort = drawn_cohort(study, settings, settings.patients, seed)
    made = run_analyses(cohort, study.analyses)
    items = (cohort.attrition, *(item for group in made.values() for item in group))
    results = Results(study={}, prose=(), quality=(cohort.sets, cohort.records), inputs=(), environment={}, items=items)
    heads = {item.id for item in (*items, *results.quality)}
    return tuple(_number(results, address, heads) for address in addresses)


def _number(results: Results, address: str, heads: set[str]) -> Number:
    try:
        found = lookup(results, address)
    except InputError:
        if address.partition("#")[0].partition("/")[0] not in heads:
            raise
        return None
    if found.value is None:
        return math.inf if found.reason == "not reached" else None
    return found.value if isinstance(found.value, int | float) else None


def main(arguments: Sequence[str], progress: Progress = silent) -> None:
    """Write `derived/plausibility.json` of each study folder given, but of those whose page compares nothing; a number
    among the arguments is how many cohorts."""
    cohorts = next((int(word) for word in arguments if word.isdigit()), COHORTS)
    for folder in (Path(word) for word in arguments if not word.isdigit()):
        if not asked(read_published(folder / PUBLISHED)):
            continue
        made = plausibility(folder, cohorts, progress=progress)
        write_json(folder / "derived" / FILE, made)
