"""Combinations of the pages of time-to-event analyses that make no sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from y90outcomes.errors import Slip
from y90outcomes.study import analyses as words
from y90outcomes.study.endpoints import TimeToEventEndpoint
from y90outcomes.study.meaning import Meaning

if TYPE_CHECKING:
    from y90outcomes.study.model import Study


def survival_slips(
    study: Study, known: Mapping[str, Meaning], path: tuple[str, ...], analysis: words.AnalysisSpec
) -> list[Slip]:
    """Slips of a page whose names are all known."""
    if isinstance(analysis, words.KaplanMeierAnalysis):
        return [*_groups(path, analysis), *_tests(known, path, analysis), *_landmark(known, path, analysis)]
    if isinstance(analysis, words.CompetingRisksAnalysis):
        return list(_competing(study, path, analysis))
    if isinstance(analysis, words.CoxAnalysis):
        return list(_cox(known, path, analysis))
    return []


def _groups(path: tuple[str, ...], analysis: words.KaplanMeierAnalysis) -> Iterator[Slip]:
    if analysis.rate_differences and not analysis.times:
        yield Slip((*path, "rate_differences"), "differences are of the rates at 'times', which is empty")
    if analysis.by is not None:
        return
    for field in ("test", "also", "pairwise", "rate_differences"):
        if value := getattr(analysis, field):
            named = repr(value) if field == "test" else field
            yield Slip((*path, field), f"{named} compares groups and there is no 'by'")


def _tests(known: Mapping[str, Meaning], path: tuple[str, ...], analysis: words.KaplanMeierAnalysis) -> Iterator[Slip]:
    asked = [analysis.test, *analysis.also]
    if "stratified_log_rank" in asked and analysis.strata is None:
        yield Slip(
            (*path, "strata"), "the stratified log-rank test needs 'strata'", "centre, or a variable with levels"
        )
    if analysis.strata is not None and "stratified_log_rank" not in asked:
        yield Slip((*path, "strata"), "strata are of the stratified log-rank test, which is not asked for")
    if analysis.strata is not None and analysis.strata == analysis.by:
        yield Slip((*path, "strata"), "the groups of a stratum cannot be the strata")
    if not analysis.trend_scores:
        return
    if "log_rank_trend" not in asked:
        yield Slip((*path, "trend_scores"), "scores are of the log-rank test for trend, which is not asked for")
        return
    levels = len(known[analysis.by or ""].levels) if analysis.by in known else len(analysis.trend_scores)
    if len(analysis.trend_scores) != levels:
        yield Slip(
            (*path, "trend_scores"), f"{len(analysis.trend_scores)} scores for {levels} levels of {analysis.by!r}"
        )


def _landmark(
    known: Mapping[str, Meaning], path: tuple[str, ...], analysis: words.KaplanMeierAnalysis
) -> Iterator[Slip]:
    if analysis.landmark is None:
        return
    if analysis.by is None:
        yield Slip((*path, "landmark"), "a landmark is where groups are formed, and there is no 'by'")
    elif analysis.by in known and known[analysis.by].measured_at != "follow_up":
        yield Slip((*path, "landmark"), f"{analysis.by!r} is known when the time begins; there is nothing to wait for")


def _competing(study: Study, path: tuple[str, ...], analysis: words.CompetingRisksAnalysis) -> Iterator[Slip]:
    spec = study.endpoints.get(analysis.endpoint)
    if not isinstance(spec, TimeToEventEndpoint) or spec.competes:
        return
    fault = f"nothing competes with the event of {analysis.endpoint!r}"
    yield Slip((*path, "endpoint"), fault, "an endpoint with deaths, later_therapy or resection_or_transplant: compete")


def _cox(known: Mapping[str, Meaning], path: tuple[str, ...], analysis: words.CoxAnalysis) -> Iterator[Slip]:
    if analysis.cluster is not None and analysis.inference == "likelihood_ratio":
        fault = "the likelihood ratio takes rows as independent, which 'cluster' says they are not"
        yield Slip((*path, "inference"), fault, "wald")
    for index, name in enumerate(analysis.strata):
        if name in analysis.terms:
            yield Slip((*path, "strata", index), f"{name!r} is a term; within its strata it has no effect")
    late = [name for name in analysis.terms if name in known and known[name].measured_at == "follow_up"]
    if analysis.landmark is not None and not late and all(name in known for name in analysis.terms):
        yield Slip((*path, "landmark"), "every term is known when the time begins; there is nothing to wait for")
