"""The same methods on all samples at once: the few columns they need, kept small, put together as one cohort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.cohort.model import Outcome
from y90outcomes.methods.common import variables_of
from y90outcomes.pipeline.analyses import Progress, run_analyses
from y90outcomes.pipeline.estimates import Found, estimates
from y90outcomes.study import Study
from y90outcomes.study.analyses import AnalysisSpec
from y90outcomes.study.endpoints import BinaryEndpoint

METHODS = ("proportion", "logistic", "cox", "kaplan_meier", "roc", "compare_groups", "follow_up")
"""Methods run on everybody at once; the others scale worse, and their means over samples stand alone."""
GRAIN = "patient"


@dataclass(frozen=True, slots=True)
class Thin:
    """What the pooled analyses need of one sample: numbers, words as codes of their levels (-1 missing), outcomes."""

    numbers: Mapping[str, npt.NDArray[np.float64]]
    words: Mapping[str, tuple[tuple[str, ...], npt.NDArray[np.int8]]]
    members: Mapping[str, npt.NDArray[np.bool_]]
    times: Mapping[str, npt.NDArray[np.float64]]
    states: Mapping[str, npt.NDArray[np.float32]]


def chosen(study: Study) -> dict[str, AnalysisSpec]:
    """The analyses of a protocol that are run on everybody at once."""
    return {
        name: spec
        for name, spec in study.analyses.items()
        if spec.method in METHODS and study.analysis_set(spec.set)[1].grain == GRAIN
    }


def thin(study: Study, cohort: Cohort) -> Thin:
    """The columns of a cohort that the pooled analyses name."""
    specs = chosen(study).values()
    ends = dict.fromkeys(name for spec in specs for name in _named(spec) if name in study.endpoints)
    read = [page.variable for name in ends if isinstance(page := study.endpoints[name], BinaryEndpoint)]
    every = [*(name for spec in specs for name in variables_of(spec)), *read]
    names = [name for name in dict.fromkeys(every) if name in study.variables]
    frame, outcomes = cohort.frames[GRAIN], cohort.outcomes[GRAIN]
    words, numbers = {}, {}
    for name in ("centre", *names):
        levels = ("",) if name == "centre" else cohort.variables[name].levels
        if levels:
            codes, known = pd.factorize(frame[name].astype(object), sort=True)
            words[name] = tuple(map(str, known)), codes.astype(np.int8)
        else:
            numbers[name] = frame[name].to_numpy(dtype=float, na_value=np.nan)
    return Thin(
        numbers=numbers,
        words=words,
        members={name: frame[f"in_{name}"].to_numpy(dtype=bool) for name in study.analysis_sets},
        times={name: time.to_numpy(dtype=float, na_value=np.nan) for name in ends
               if (time := outcomes[name].time) is not None},
        states={name: outcomes[name].state.to_numpy(dtype=np.float32, na_value=np.nan) for name in ends},
    )  # fmt: skip


def _named(spec: AnalysisSpec) -> tuple[str, ...]:
    return tuple(str(getattr(spec, name)) for name in ("endpoint", "by") if getattr(spec, name, None))


def pooled(study: Study, like: Cohort, samples: Sequence[Thin], progress: Progress) -> Iterator[Found]:
    """Estimates of the pooled analyses on all samples together. `like` is a cohort of the same protocol."""
    whole = _together(like, samples)
    specs = chosen(study)
    for done, (name, spec) in enumerate(specs.items()):
        progress("analysing everybody", done, len(specs))
        made = run_analyses(whole, {name: spec})[name]
        yield from (entry for entry in estimates(study, made) if isinstance(entry, Found))
    progress("analysing everybody", len(specs), len(specs))


def _together(like: Cohort, samples: Sequence[Thin]) -> Cohort:
    first = samples[0]
    columns: dict[str, object] = {}
    for name in first.words:
        levels = sorted({level for sample in samples for level in sample.words[name][0]})
        texts = np.array([*levels, None], dtype=object)
        codes = np.concatenate([_recoded(sample.words[name], levels) for sample in samples])
        columns[name] = pd.array(texts[codes], dtype="string")
    for name in first.numbers:
        columns[name] = np.concatenate([sample.numbers[name] for sample in samples])
    for name in first.members:
        columns[f"in_{name}"] = np.concatenate([sample.members[name] for sample in samples])
    frame = pd.DataFrame(columns)
    frame.insert(1, "patient_id", np.arange(len(frame)))
    empty = pd.Series(np.full(len(frame), "", dtype=object))
    zero = pd.Series(np.zeros(len(frame)))

    def outcome(name: str, old: Outcome) -> Outcome:
        state = pd.Series(np.concatenate([sample.states[name] for sample in samples]).astype(float))
        time = np.concatenate([sample.times[name] for sample in samples]) if name in first.times else None
        return replace(
            old, time=None if time is None else pd.Series(time), state=state, source=empty,
            reason=None if old.reason is None else empty, zero=None if old.zero is None else zero,
        )  # fmt: skip

    outcomes = {name: outcome(name, old) for name, old in like.outcomes[GRAIN].items() if name in first.states}
    return replace(
        like, frames={**like.frames, GRAIN: frame}, sources={}, outcomes={**like.outcomes, GRAIN: outcomes}, switches={}
    )


def _recoded(given: tuple[tuple[str, ...], npt.NDArray[np.int8]], levels: Sequence[str]) -> npt.NDArray[np.intp]:
    known, codes = given
    at = np.array([*(levels.index(level) for level in known), len(levels)], dtype=np.intp)
    return at[codes]
