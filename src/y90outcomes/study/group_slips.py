"""Combinations of the pages of summaries, group tests, correlations and families that make no sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from y90outcomes.errors import Slip
from y90outcomes.study import analyses as words
from y90outcomes.study.meaning import Meaning, unknown

if TYPE_CHECKING:
    from y90outcomes.study.model import Study


def group_slips(
    study: Study, known: Mapping[str, Meaning], path: tuple[str, ...], analysis: words.AnalysisSpec
) -> list[Slip]:
    """Slips of a page whose names are all known."""
    if isinstance(analysis, words.CrossTableAnalysis):
        return [*_table(known, path, analysis), *_scores(known, path, analysis, analysis.rows)]
    if isinstance(analysis, words.ProportionComparisonAnalysis):
        return [*_scores(known, path, analysis, analysis.by), *_twice(path, analysis)]
    if isinstance(analysis, words.SummaryAnalysis) and analysis.smd and analysis.by is None:
        return [Slip((*path, "smd"), "standardised differences are between groups and there is no 'by'")]
    if isinstance(analysis, words.CorrelationAnalysis):
        return list(_correlation(path, analysis))
    if isinstance(analysis, words.FamilyAnalysis):
        return list(_family(study, path, analysis))
    return []


def _asked(analysis: words.CrossTableAnalysis | words.ProportionComparisonAnalysis) -> list[str]:
    return [name for name in (analysis.test, *(extra.test for extra in analysis.also)) if name is not None]


def _twice(path: tuple[str, ...], analysis: words.ProportionComparisonAnalysis) -> Iterator[Slip]:
    """A measure or a test asked for twice would have one address."""
    for index, measure in enumerate(analysis.measures):
        if measure in analysis.measures[:index]:
            yield Slip((*path, "measures", index), f"{measure!r} is given twice")
    seen: list[tuple[str | None, str | None]] = [(analysis.test, analysis.convention)]
    for index, extra in enumerate(analysis.also):
        if (extra.test, extra.convention) in seen:
            yield Slip((*path, "also", index), f"{extra.test!r} is given twice")
        seen.append((extra.test, extra.convention))


def _table(known: Mapping[str, Meaning], path: tuple[str, ...], analysis: words.CrossTableAnalysis) -> Iterator[Slip]:
    """McNemar's test pairs two readings of the same two levels; Cochran–Armitage needs two columns."""
    rows, columns = (known[name].levels if name in known else None for name in (analysis.rows, analysis.columns))
    asked = _asked(analysis)
    if "mcnemar" in asked and rows is not None and columns is not None:
        if list(rows) != list(columns):
            fault = f"{analysis.columns!r} has other levels than {analysis.rows!r}; McNemar's test needs the same"
            yield Slip((*path, "columns"), fault, ", ".join(rows))
        elif len(rows) != 2:
            yield Slip((*path, "rows"), f"McNemar's test needs two levels; {analysis.rows!r} has {len(rows)}")
    if "cochran_armitage" in asked and columns is not None and len(columns) != 2:
        fault = f"the Cochran–Armitage test needs two levels in columns; {analysis.columns!r} has {len(columns)}"
        yield Slip((*path, "columns"), fault, "a variable of kind grouped")


def _scores(
    known: Mapping[str, Meaning],
    path: tuple[str, ...],
    analysis: words.CrossTableAnalysis | words.ProportionComparisonAnalysis,
    by: str,
) -> Iterator[Slip]:
    if not analysis.scores:
        return
    if "cochran_armitage" not in _asked(analysis):
        yield Slip((*path, "scores"), "scores are of the Cochran–Armitage test, which is not asked for")
    levels = known[by].levels if by in known else None
    if levels is not None and len(levels) != len(analysis.scores):
        fault = f"{len(analysis.scores)} scores for {len(levels)} levels of {by!r}"
        yield Slip((*path, "scores"), fault, f"one for each of {', '.join(levels)}")
    if len(set(analysis.scores)) < 2:
        yield Slip((*path, "scores"), "the scores are all the same")


def _correlation(path: tuple[str, ...], analysis: words.CorrelationAnalysis) -> Iterator[Slip]:
    if analysis.x == analysis.y:
        yield Slip((*path, "y"), f"{analysis.y!r} is correlated with itself")


def _family(study: Study, path: tuple[str, ...], analysis: words.FamilyAnalysis) -> Iterator[Slip]:
    """Every member is of another analysis that is no family, and stands once. Whether the address holds a test is seen
    when the results are there."""
    seen: set[str] = set()
    for index, (written, address, name) in enumerate(
        zip(analysis.tests, analysis.addresses(), analysis.members(), strict=True)
    ):
        place: tuple[str | int, ...] = (*path, "tests", index)
        if address in seen:
            yield Slip(place, f"{address!r} is in the family twice")
        seen.add(address)
        _, mark, field = written.partition("#")
        if mark and field != "p":
            yield Slip(place, f"{field!r} is no p", address)
        if name not in study.analyses:
            yield unknown(place, name, [other for other in study.analyses if other != path[-1]], "analysis")
        elif study.analyses[name].method == "family":
            yield Slip(place, f"{name!r} is a family itself", "addresses of the tests")
        elif "/" not in address:
            yield Slip(place, f"{address!r} is no address of a test", "<result>/<quantity>/<term>[/<contrast>]")
    if analysis.set is not None:
        yield Slip((*path, "set"), "a family has the sets of its members")
