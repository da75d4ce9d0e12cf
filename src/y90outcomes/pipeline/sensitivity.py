"""Every variant of a protocol beside the protocol itself: one table and one forest of what moves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.pipeline.analyses import same_number
from y90outcomes.pipeline.explain import analysis_of
from y90outcomes.report.format import RATIOS
from y90outcomes.report.tables.names import quantity_name
from y90outcomes.results import EffectRow, Effects, Note, Result, Results, Section, Table, TableColumn
from y90outcomes.results.addresses import effect_address, encode
from y90outcomes.study import Study

BASE = "protocol"
"""Name of the protocol itself among its variants."""
METHODS = frozenset(
    {
        "proportion", "compare_proportions", "kaplan_meier", "competing_risks", "cox", "logistic", "dose_response",
        "roc", "model_selection", "subgroups", "centres", "compare_groups", "cross_table", "correlation", "family",
    }
)  # fmt: skip
"""Methods whose effects are looked at where the protocol names none."""
ASIDE = frozenset({"checks", "univariable", "beside_forced", "leave_one_out", "cutoffs", "strata", "pairwise"})
"""Companion results that are not: `<analysis>.<part>`."""
MINOR = frozenset(
    {
        "ph_test", "rate_test", "heterogeneity", "i_squared", "tau_squared", "raw_p", "intraclass_correlation",
        "variance_inflation", "kaplan_meier_complement", "restricted_mean_ratio",
    }
)  # fmt: skip
"""Quantities that are not."""
OF_A_GROUP = frozenset(
    {"rate", "median", "restricted_mean", "cumulative_incidence", "geometric_mean", "mean", "events"}
)
"""Quantities that stand for one group: only that of everybody."""
WHOLE = "all"
_MOVED = 1e-10


@dataclass(frozen=True, slots=True)
class _Effect:
    """A row with the title of its result."""

    title: str
    row: EffectRow


def sensitivity(study: Study, runs: Mapping[str, Results], labels: Mapping[str, str]) -> tuple[Result, ...]:
    """`sensitivity`: a line per effect and run; `sensitivity.ratios`: the ratios among them as a forest.

    study   the protocol itself; its `sensitivity` names the effects (listed whether they move or not), or nothing: then
            the estimates with an interval and the tests of its regressions, rates and survival that a variant moves,
            adds or loses, and the rest is counted
    runs    name -> results, the protocol first (`BASE`); labels name -> printed name
    raises  InputError for a named address that no run has
    """
    found = {name: dict(_effects(made)) for name, made in runs.items()}
    order = {item.id: place for place, item in enumerate(item for made in runs.values() for item in made.items)}
    order |= {item.id: place for place, item in enumerate(runs[BASE].items)}
    order = _in_order(study, order)
    every = dict.fromkeys(address for effects in found.values() for address in effects)
    addresses = sorted(every, key=lambda address: order[_result(address)])
    if study.sensitivity:
        listed = _named(study, addresses)
    else:
        addresses = [address for address in addresses if _wanted(study, address, _first(found, address))]
        rows = {address: [_row(made, address) for made in found.values()] for address in addresses}
        listed = [address for address in addresses if _moves(rows[address]) and any(map(_known, rows[address]))]
    words = {address: _words(_first(found, address)) for address in listed}
    lines = [
        _line(address, name, labels[name], made.get(address), found[BASE].get(address), _first(found, address), words)
        for address in listed
        for name, made in found.items()
    ]
    unmoved = len(addresses) - len(listed)
    same = f"{unmoved} further estimates and tests are the same in every variant and are not listed."
    table = Table(
        id="sensitivity",
        title="Sensitivity analyses: what the variants of the protocol move",
        n=len(listed),
        method="sensitivity",
        notes=() if study.sensitivity else (Note("unmoved", same),),
        columns=(
            TableColumn("key", "Number and run"),
            TableColumn("address", "Number"),
            TableColumn("analysis", "Analysis"),
            TableColumn("effect", "Effect"),
            TableColumn("variant", "Run"),
            TableColumn("estimate", "Estimate", "number"),
            TableColumn("lower", "Lower", "number"),
            TableColumn("upper", "Upper", "number"),
            TableColumn("unit", "Unit"),
            TableColumn("p", "p", "number"),
            TableColumn("n", "n", "integer"),
            TableColumn("events", "Events", "integer"),
            TableColumn("said", "Beside the protocol"),
        ),
        layout={"hidden": ["key"], "headings": {address: f"{a}. {b}" for address, (a, b) in words.items()}},
        rows=tuple(lines),
    )
    return (table, *_forest(found, listed, labels, words))


def variants_in_words(study: Study) -> Section:
    """What each variant changes, as a section of the methods."""
    entries = []
    for name, patch in study.variants.items():
        changes = "; ".join(f"{'.'.join(path)}: {value}" for path, value in _changes(patch))
        entries.append(f"{name.replace('_', ' ')}: {changes}.")
    return Section(
        "Variants", ("Each variant is the protocol with these words changed and nothing else.",), tuple(entries)
    )


def _changes(patch: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in patch.items():
        if isinstance(value, Mapping):
            yield from _changes(value, (*path, str(key)))
        else:
            yield (*path, str(key)), "left out" if value is None else json.dumps(value, ensure_ascii=False).strip('"')


def _effects(made: Results) -> Iterator[tuple[str, _Effect]]:
    for item in made.items:
        if isinstance(item, Effects):
            for row in item.rows:
                yield effect_address(item.id, row), _Effect(item.title, row)


def _result(address: str) -> str:
    return address.partition("/")[0]


def _in_order(study: Study, order: Mapping[str, int]) -> dict[str, int]:
    """Result -> place: analyses as the protocol has them (those only a variant has at the end), parts as they came."""
    analyses = {name: place for place, name in enumerate(study.analyses)}
    at = sorted(order, key=lambda id: (analyses.get(analysis_of(id), len(analyses)), order[id]))
    return {encode(id): place for place, id in enumerate(at)}


def _named(study: Study, addresses: Sequence[str]) -> list[str]:
    """The effects the protocol's `sensitivity` names: an address, a result, or a whole analysis."""
    kept: set[str] = set()
    for entry in study.sensitivity:
        name = entry.partition("#")[0]
        mine = {
            address
            for address in addresses
            if address == name or address.startswith(name + "/") or (analysis_of(address) == name)
        }
        if not mine:
            raise InputError(
                Fault(f"sensitivity, {entry!r}", "no run has such an estimate or test", choices(name, addresses))
            )
        kept |= mine
    return [address for address in addresses if address in kept]


def _wanted(study: Study, address: str, effect: _Effect) -> bool:
    """Whether an effect is looked at where the protocol names none."""
    result, row = _result(address), effect.row
    analysis = study.analyses.get(analysis_of(address))
    if analysis is not None and analysis.method not in METHODS:
        return False
    if result.partition(".")[2] in ASIDE or row.quantity in MINOR:
        return False
    if row.is_test and row.term == "model":
        return False
    if row.quantity in OF_A_GROUP and row.term != WHOLE:
        return False
    if analysis is not None and analysis.method in ("subgroups", "centres") and row.quantity in RATIOS:
        return row.term == WHOLE
    return row.is_test or row.lower is not None or row.upper is not None or bool(row.reason)


def _first(found: Mapping[str, Mapping[str, _Effect]], address: str) -> _Effect:
    """The effect in the first run that has it."""
    return next(made[address] for made in found.values() if address in made)


def _known(row: EffectRow | None) -> bool:
    return row is not None and (row.p if row.is_test else row.estimate) is not None


def _row(made: Mapping[str, _Effect], address: str) -> EffectRow | None:
    return made[address].row if address in made else None


def _words(effect: _Effect) -> tuple[str, str]:
    """The analysis and the effect, as a reader names them."""
    row, name = effect.row, quantity_name(effect.row.quantity)
    if row.quantity == "adjusted_p":
        return effect.title, f"{name}: {row.label}"
    if row.is_test or row.label.startswith(name):
        return effect.title, row.label or name
    label = "" if row.term == WHOLE and row.contrast is None else row.label
    if row.contrast and row.contrast.replace(".", "", 1).isdigit() and " at " not in label:
        label = f"{label} at {row.contrast}" if row.term != WHOLE else f"at {row.contrast}"
    return effect.title, name + (f": {label}" if label else "")


def _line(
    address: str, name: str, label: str, effect: _Effect | None, base: _Effect | None, any_: _Effect,
    words: Mapping[str, tuple[str, str]],
) -> tuple[str | float | int | None, ...]:  # fmt: skip
    key, (analysis, what) = f"{address} @ {name}", words[address]
    if effect is None:
        return (key, address, analysis, what, label, None, None, None, any_.row.unit, None, None, None,
                "not in this run")  # fmt: skip
    row = effect.row
    value = row.p if row.is_test else row.estimate
    return (
        key, address, analysis, what, label, None if row.is_test else row.estimate, row.lower, row.upper, row.unit,
        row.p, row.n, row.events, row.reason if value is None else "" if name == BASE else _said(row, base),
    )  # fmt: skip


def _said(row: EffectRow, base: _Effect | None) -> str:
    if base is None:
        return "only in this run"
    if row.unit != base.row.unit:
        return f"moved; {row.unit or 'no unit'} beside {base.row.unit or 'no unit'}"
    return "moved" if _moves([base.row, row]) else "same"


def _moves(rows: Sequence[EffectRow | None]) -> bool:
    """Whether one of the rows is missing, or a number differs from the first's."""
    first = rows[0]
    if first is None:
        return any(row is not None for row in rows)
    return any(row is None or not _alike(first, row) for row in rows[1:])


def _alike(a: EffectRow, b: EffectRow) -> bool:
    return all(
        same_number(getattr(a, name), getattr(b, name), _MOVED)
        for name in ("estimate", "lower", "upper", "p", "n", "events")
    )


def _forest(
    found: Mapping[str, Mapping[str, _Effect]], listed: Sequence[str], labels: Mapping[str, str],
    words: Mapping[str, tuple[str, str]],
) -> tuple[Effects, ...]:  # fmt: skip
    drawn = []
    for address in listed:
        for name, made in found.items():
            row = _row(made, address)
            if row is not None and not row.is_test and row.quantity in RATIOS:
                drawn.append(replace(row, term=address, contrast=name, label=labels[name], primary=name == BASE))
    if not drawn:
        return ()
    heads = {row.term: f"{words[row.term][0]}. {words[row.term][1]}" for row in drawn}
    return (
        Effects(
            id="sensitivity.ratios",
            title="Ratios under each variant",
            method="sensitivity",
            figure="forest",
            rows=tuple(drawn),
            n=len(heads),
            layout={"headings": heads},
        ),
    )
