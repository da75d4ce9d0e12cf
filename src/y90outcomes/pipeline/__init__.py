"""The five arrows composed, and what joins siblings."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from y90outcomes import __version__
from y90outcomes.cohort import Cohort, build_cohort
from y90outcomes.cohort.episodes import Episodes, episodes
from y90outcomes.cohort.trace import Line
from y90outcomes.cohort.trace import trace as explain_subject
from y90outcomes.cohort.visits import visit_rows
from y90outcomes.errors import Fault, FindingsError, InputError
from y90outcomes.pipeline.analyses import Progress, asked_for, run_analyses, same_number, silent
from y90outcomes.pipeline.beside import beside
from y90outcomes.pipeline.explain import Difference, explain_difference
from y90outcomes.pipeline.percentiles import PUBLISHED
from y90outcomes.pipeline.sensitivity import BASE, sensitivity, variants_in_words
from y90outcomes.registry import Registry
from y90outcomes.registry.pseudonymise import pseudonymise as registry_pseudonymise
from y90outcomes.registry.queries_answers import Inputs
from y90outcomes.registry.queries_write import check_queries_folder, write_queries
from y90outcomes.registry.read import read_with_raw
from y90outcomes.results import Results
from y90outcomes.results.addresses import numbers
from y90outcomes.results.store import loads
from y90outcomes.simulate.calibration_table import calibration_table
from y90outcomes.study import Study, read_study
from y90outcomes.study.prose import prose
from y90outcomes.study.reading import FILE, study_file
from y90outcomes.study.speaking import convention, in_dialect

LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib")
"""What the numbers of a report are computed with; lifelines, statsmodels and scikit-learn verify them (`verify`)."""


def read(study: str | Path, variant: str | None = None, progress: Progress = silent) -> tuple[Study, Registry]:
    """Protocol and registry of a study folder; the registry may hold blocking issues."""
    protocol, registry, _inputs = _read_with_raw(study, variant, progress)
    return protocol, registry


def _read_with_raw(study: str | Path, variant: str | None, progress: Progress) -> tuple[Study, Registry, Inputs]:
    """As `read`, with the raw tables as their centres corrected them."""
    protocol = read_study(study, variant)
    progress("reading centre files", 0, 1)
    registry, inputs = read_with_raw(
        study_file(study).parent, protocol.centres or None, progress=progress, **_data_options(protocol)
    )
    return protocol, registry, inputs


def _data_options(protocol: Study) -> dict[str, Any]:
    """What the protocol says about its data, as plain values for the registry."""
    return {
        "on_invalid_cell": protocol.data.on_invalid_cell,
        "reason": protocol.data.reason,
        "rules": {name: not switch.off for name, switch in protocol.data.rules.items()},
    }


def check(
    study: str | Path, out: str | Path, variant: str | None = None, progress: Progress = silent
) -> tuple[Study, Registry, list[Path]]:
    """As `read`, and the data queries of each centre written into the folder `out`, even when issues block."""
    check_queries_folder(Path(out))
    protocol, registry, inputs = _read_with_raw(study, variant, progress)
    written = write_queries(
        Path(out), protocol.title, registry.schema, registry.tables, registry.issues, registry.missing,
        registry.corrections, inputs,
    )  # fmt: skip
    return protocol, registry, written


def pseudonymise(study: str | Path, out: str | Path, key: str | Path) -> list[Path]:
    """A copy of the study folder with hashed keys and shifted dates that gives the same results; the files written."""
    file = study_file(study)
    if file.name != FILE:
        raise InputError(Fault(str(study), f"the protocol is not named {FILE}", action="name the study folder"))
    protocol = read_study(study)
    return registry_pseudonymise(
        file.parent, Path(out), Path(key), centres=protocol.centres or None, cutoff=protocol.data.cutoff,
        options=_data_options(protocol),
    )  # fmt: skip


def read_clean(study: str | Path, variant: str | None = None, progress: Progress = silent) -> tuple[Study, Registry]:
    """As `read`. FindingsError when the data hold blocking issues."""
    protocol, registry = read(study, variant, progress)
    if registry.blocking:
        raise FindingsError(registry.issues)
    return protocol, registry


def prepare(
    study: str | Path, variant: str | None = None, progress: Progress = silent, dialect: str | None = None
) -> Cohort:
    """The cohort of a study folder, its protocol in a dialect when one is named. FindingsError for blocking issues."""
    protocol, registry = read_clean(study, variant, progress)
    progress("building the cohort", 0, 1)
    return build_cohort(protocol if dialect is None else in_dialect(protocol, dialect), registry)


def visits(study: str | Path, name: str, variant: str | None = None, progress: Progress = silent) -> pd.DataFrame:
    """Every visit behind a variable of the protocol (see `cohort.visits`). FindingsError for blocking issues."""
    protocol, registry = read_clean(study, variant, progress)
    return visit_rows(build_cohort(protocol, registry), registry, name)


def split_times(
    study: str | Path, endpoint: str, event: str, name: str | None = None, variant: str | None = None,
    progress: Progress = silent,
) -> Episodes:  # fmt: skip
    """Counting-process rows of an endpoint, split where an event switches (see `cohort.episodes`)."""
    protocol, registry = read_clean(study, variant, progress)
    return episodes(build_cohort(protocol, registry), registry, endpoint, event, name)


def trace(
    study: str | Path, subject: str, name: str | None = None, variant: str | None = None, progress: Progress = silent
) -> tuple[Line, ...]:
    """Why a subject of a study folder has its values (see `cohort.trace`). FindingsError for blocking issues."""
    protocol, registry = read_clean(study, variant, progress)
    return explain_subject(protocol, registry, subject, name)


def run(
    study: str | Path, variant: str | None = None, only: str | None = None, progress: Progress = silent,
    dialect: str | None = None,
) -> Results:  # fmt: skip
    """The first four arrows for a study folder. The printed numbers are compared for the protocol as it stands only:
    not for a variant of it, nor in a dialect, nor for a single analysis."""
    folder = study_file(study).parent
    cohort = prepare(study, variant, progress, dialect)
    page = folder / PUBLISHED
    whole = variant is None and only is None and dialect is None
    results = analyse(cohort, only=only, published=page if page.is_file() and whole else None, progress=progress)
    if calibration := (calibration_table(folder) if whole else None):
        results = replace(results, items=(*results.items, calibration))
    return results if variant is None else replace(results, study={**results.study, "variant": variant})


def run_variants(runs: Mapping[str, Results], study: str | Path) -> Results:
    """The sensitivity table and forest of a protocol and its variants (`BASE` first), as results of their own."""
    protocol = read_study(study)
    base = runs[BASE]
    labels = {name: "Protocol" if name == BASE else name.replace("_", " ") for name in runs}
    facts = {**base.study, "title": f"{protocol.title}: sensitivity", "variant": "all"}
    words = (prose(protocol)[0], variants_in_words(protocol))
    return replace(base, study=facts, prose=words, quality=(), items=sensitivity(protocol, runs, labels))


def explain(
    study: str | Path, a: str, b: str, only: str | None = None, progress: Progress = silent
) -> list[Difference]:
    """Numbers of a study folder that differ between two dialects, and why (see `explain_difference`)."""
    cohort = prepare(study, progress=progress)
    return explain_difference(cohort, a, b, only)


def analyse(
    cohort: Cohort,
    *,
    only: str | None = None,
    published: str | Path | None = None,
    progress: Progress = silent,
) -> Results:
    """Every analysis of the protocol (or `only` one; of a family its members too), in its order.

    published  a `published.yaml` whose numbers are set beside the recomputed ones, as the table `reproduction`, of a
               synthetic study with the percentiles stored in `derived/` beside the page; and its audit (see `beside`)
    raises     InputError for an unknown analysis, or an address of a family or of `published` that names no number
    """
    study = cohort.study
    made = run_analyses(cohort, asked_for(study, only), progress=progress)
    results = Results(
        study=_facts(cohort),
        prose=prose(study),
        quality=(cohort.sets, cohort.records, *cohort.quality),
        inputs=cohort.inputs,
        environment={"y90outcomes": __version__} | {name: importlib.metadata.version(name) for name in LIBRARIES},
        items=(cohort.attrition, *(item for items in made.values() for item in items)),
    )
    if published is None:
        return results
    return replace(results, items=(*results.items, *beside(results, study, published)))


def _facts(cohort: Cohort) -> dict[str, object]:
    study = cohort.study
    return {
        "id": study.id,
        "title": study.title,
        "registration": study.registration,
        "citation": _citation(study),
        "question": study.question,
        "origin": study.origin,
        "grain": study.analysis_set(None)[1].grain,
        "cutoff": study.data.cutoff.isoformat() if study.data.cutoff else "",
        "variant": "",
        "dialect": study.dialect,
        "rounding": convention(study, "rounding"),
        "protocol_fingerprint": study.fingerprint,
        "fingerprint": cohort.fingerprint,
    }


def _citation(study: Study) -> str:
    source = study.citation
    if source is None:
        return ""
    return ", ".join(part for part in (source.short, source.journal, f"doi:{source.doi}" if source.doi else "") if part)


def simulate(
    study: str | Path, patients: int, seed: int, faults: str, out: Path | None, progress: Progress = silent
) -> Path:
    """Write a synthetic study folder (see `simulate.folder.write_registry`); its protocol is the study's own."""
    from y90outcomes.simulate.folder import write_registry

    page = study_file(study)
    protocol = read_study(page)
    return write_registry(page.parent, patients, seed, faults, out or Path(f"{protocol.id}-synthetic"), progress)


def load(run: str | Path) -> Results:
    """The results of a report folder, or of its `results.json`."""
    path = Path(run)
    file = path / "results.json" if path.is_dir() else path
    if not file.is_file():
        raise InputError(Fault(str(run), "no results there", "a folder written by `y90 run`, or its results.json"))
    try:
        return loads(file.read_text(encoding="utf-8"), str(file))
    except UnicodeDecodeError:
        raise InputError(Fault(str(file), "not UTF-8 text", action="run `y90 run` again")) from None


@dataclass(frozen=True, slots=True)
class Moved:
    """A number that differs between two runs; None where a run has no such number or it is null there."""

    address: str
    before: str | float | int | None
    after: str | float | int | None
    kind: str  # changed | only_first | only_second


def compare(first: Results, second: Results, tolerance: float = 0.0) -> Iterator[Moved]:
    """Numbers that differ by more than `tolerance` relative (absolute below 1e-12), and addresses only one run has."""
    before = {found.long: found.value for found in numbers(first)}
    after = {found.long: found.value for found in numbers(second)}
    for address, value in before.items():
        if address not in after:
            yield Moved(address, value, None, "only_first")
        elif not same_number(value, after[address], tolerance, 1e-12 if tolerance else 0.0):
            yield Moved(address, value, after[address], "changed")
    yield from (Moved(address, None, value, "only_second") for address, value in after.items() if address not in before)
