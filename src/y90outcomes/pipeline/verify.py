"""Double programming: a study's numbers beside those of a second engine on the same data."""

from __future__ import annotations

import importlib.metadata
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from y90outcomes import __version__
from y90outcomes.cohort import Cohort
from y90outcomes.estimators.second.trial import Declined
from y90outcomes.methods.verification import SECOND, Second, Sheet, reason
from y90outcomes.methods.verification.reasons import declined
from y90outcomes.pipeline import prepare
from y90outcomes.pipeline.analyses import Progress, asked_for, run_analyses, silent
from y90outcomes.results import Result, Table, TableColumn
from y90outcomes.results.addresses import FIELDS, entries
from y90outcomes.study.analyses import AnalysisSpec

ENGINES = ("lifelines", "statsmodels", "scikit-learn", "scipy", "numpy", "pandas")
"""What the second numbers are computed with, by the names of their packages."""
NOISE = 1e-13
"""Absolute difference taken for float arithmetic, a limit of 0 beside 1e-15; never of a p value."""
SMALLEST = 1e-300
"""Smallest denominator of a relative difference."""

AGREES, DIFFERS, NOT_VERIFIED, REFUSED = "agrees", "differs", "not verified", "refused by us"
"""What became of a number. Refused: we give none and say why, where the engine gives one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number of ours beside one of an engine; without engine it is not verified, and `reason` says why.

    ours, theirs  None where there is no such number (theirs infinite or NaN: not reached)
    """

    address: str
    engine: str
    ours: float | int | None
    theirs: float | None
    difference: float | None
    tolerance: float | None
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """Every line, in the order of the report; versions of the engines."""

    lines: tuple[Line, ...]
    environment: Mapping[str, str]

    @property
    def disagreements(self) -> tuple[Line, ...]:
        """Lines whose numbers differ by more than their tolerance."""
        return tuple(line for line in self.lines if line.status == DIFFERS)

    @property
    def numbers(self) -> dict[str, int]:
        """Distinct numbers by what became of them: verified (by one engine or more), not verified, refused by us."""
        seen = {line.address for line in self.lines if line.status in (AGREES, DIFFERS)}
        refused = {line.address for line in self.lines if line.status == REFUSED} - seen
        every = {line.address for line in self.lines}
        return {"verified": len(seen), NOT_VERIFIED: len(every - seen - refused), REFUSED: len(refused)}

    def by_engine(self) -> dict[str, tuple[int, int]]:
        """Engine -> comparisons, and those that differ."""
        every = Counter(line.engine for line in self.lines if line.status in (AGREES, DIFFERS))
        apart = Counter(line.engine for line in self.disagreements)
        return {engine: (count, apart[engine]) for engine, count in sorted(every.items())}

    def reasons(self) -> dict[str, int]:
        """Reason -> numbers not verified for it, the most frequent first."""
        counted = Counter(line.reason for line in self.lines if line.status == NOT_VERIFIED)
        return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))

    def table(self) -> Table:
        """The lines as the result `verification`."""
        counts = self.numbers
        return Table(
            id="verification",
            title="Numbers computed again by a second engine",
            n=sum(counts.values()),
            method="verification",
            caption=f"{counts['verified']} numbers verified, {counts[NOT_VERIFIED]} not, each with its reason. "
            + ", ".join(f"{name} {version}" for name, version in self.environment.items()),
            columns=(
                TableColumn("key", "Number and engine"),
                TableColumn("address", "Number"),
                TableColumn("engine", "Engine"),
                TableColumn("ours", "Ours", "number"),
                TableColumn("theirs", "Theirs", "number"),
                TableColumn("relative_difference", "Relative difference", "number"),
                TableColumn("tolerance", "Tolerance", "number"),
                TableColumn("status", "Agrees"),
                TableColumn("reason", "Reason"),
            ),
            layout={"hidden": ["key"]},
            rows=tuple(_cells(line) for line in self.lines),
        )


def _cells(line: Line) -> tuple[str | float | int | None, ...]:
    key = f"{line.address} @ {line.engine or 'none'}"
    found = (line.ours, line.theirs, line.difference, line.tolerance)
    return (key, line.address, line.engine, *found, line.status, line.reason)


def verify(
    study: str | Path, only: str | None = None, variant: str | None = None, dialect: str | None = None,
    progress: Progress = silent,
) -> Verification:  # fmt: skip
    """As `verify_cohort`, of a study folder, a variant of it, or in a dialect. FindingsError for blocking issues."""
    return verify_cohort(prepare(study, variant, progress, dialect), only, progress)


def verify_cohort(cohort: Cohort, only: str | None = None, progress: Progress = silent) -> Verification:
    """Every number of the analyses of a cohort (or of `only` one) beside a second engine's.

    A number without a second one is a line too, with the reason. InputError for an unknown analysis.
    """
    chosen = asked_for(cohort.study, only)
    lines: list[Line] = []
    made = run_analyses(cohort, chosen, progress=progress)
    for done, (name, spec) in enumerate(chosen.items()):
        progress("verifying", done, len(chosen))
        again = SECOND.get(spec.method)
        try:
            sheet = Sheet(name) if again is None else again(cohort, name, spec, made[name])
        except Declined as refusal:  # a library refuses where a function did not expect it: nothing of it is verified
            sheet = Sheet(name, declined=dict.fromkeys(_addresses(made[name]), str(refusal)))
        lines += beside(spec, made[name], sheet)
    progress("verifying", len(chosen), len(chosen))
    versions = {"y90outcomes": __version__} | {name: importlib.metadata.version(name) for name in ENGINES}
    return Verification(tuple(lines), MappingProxyType(versions))


def beside(spec: AnalysisSpec, results: Sequence[Result], sheet: Sheet) -> Iterator[Line]:
    """Every number of the results with each of its second ones, then second ones where we have no number at all."""
    for item in results:
        for entry in entries(item):
            quantity = entry.address.split("/")[1] if "/" in entry.address else ""
            for name in FIELDS[entry.shape]:
                value, long = entry.values[name], f"{entry.address}#{name}"
                if isinstance(value, str):
                    continue
                seconds = sheet.found.get(long, [])
                if value is None and not any(math.isfinite(one.value) for one in seconds):
                    continue  # neither has a number
                refusal = "" if value is not None or name in entry.not_reached else entry.reason
                yield from (_line(long, value, one, refusal) for one in seconds)
                if not seconds:
                    why = declined(sheet.declined, long) or reason(spec.method, entry.shape, quantity, name)
                    yield Line(long, "", value, None, None, None, NOT_VERIFIED, why)


def _addresses(results: Sequence[Result]) -> list[str]:
    return [entry.address for item in results for entry in entries(item)]


def _line(address: str, ours: float | int | None, second: Second, refusal: str) -> Line:
    theirs = second.value if math.isfinite(second.value) else None
    if math.isinf(second.tolerance):  # another convention: set beside, not compared
        return Line(address, second.engine, ours, theirs, None, None, NOT_VERIFIED, second.why)
    if ours is None and theirs is not None and refusal:
        return Line(address, second.engine, None, theirs, None, None, REFUSED, refusal)
    if ours is None or theirs is None:
        same = ours is None and theirs is None
        return Line(
            address, second.engine, ours, theirs, None, second.tolerance, AGREES if same else DIFFERS, second.why
        )
    apart = abs(ours - theirs)
    difference = apart / max(abs(theirs), SMALLEST)
    noise = apart <= NOISE and not address.endswith("#p")
    status = AGREES if noise or difference <= second.tolerance else DIFFERS
    return Line(address, second.engine, ours, theirs, difference, second.tolerance, status, second.why)
