"""A declared family of tests: the p values of other analyses, found by address and adjusted together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from y90outcomes.conventions import words
from y90outcomes.errors import Fault, InputError
from y90outcomes.estimators.adjustment import adjust
from y90outcomes.methods.common import plain
from y90outcomes.results import EffectRow, Effects, Note, Result, Results
from y90outcomes.results.addresses import encode, entries, lookup
from y90outcomes.results.types import Number
from y90outcomes.study.analyses import FamilyAnalysis


def family(made: Sequence[Result], id: str, spec: FamilyAnalysis) -> list[Result]:
    """`<id>/raw_p/<address>`, `<id>/adjusted_p/<address>` and `<id>/rejected/<address>` (1 where the adjusted p is at
    most alpha, else 0), the address of each member percent-encoded as a term.

    made    the results of this report so far
    raises  InputError, every fault at once, for an address that names no test or effect, with the nearest that does

    A member without p stays without one, says why, and does not count in the family.
    """
    members = _found(made, id, spec)
    adjusted = adjust([math.nan if row.p is None else row.p for _, _, row in members], method=spec.adjust)
    convention = f"adjustment={spec.adjust}"
    raw, rows, decisions = [], [], []
    for (address, title, row), p in zip(members, adjusted.p.tolist(), strict=True):
        reason = "" if row.p is not None else row.reason or "the member has no p"
        common = EffectRow("", address, label=_label(title, row), reason=reason, valid=row.p is not None)
        test = replace(common, n=row.n, is_test=True)
        decision: Number = None if row.p is None else int(p <= spec.alpha)
        raw.append(replace(test, quantity="raw_p", p=row.p, convention=row.convention))
        rows.append(replace(test, quantity="adjusted_p", p=plain(p), convention=convention))
        decisions.append(replace(common, quantity="rejected", estimate=decision, convention=convention))
    said = f"{adjusted.counted} tests make the family; rejected where the adjusted p is at most {spec.alpha:g}."
    notes = [Note("family", said)]
    if adjusted.left_out:
        said = f"{adjusted.left_out} of {len(members)} members have no p and do not count in the family."
        notes.append(Note("left_out_of_family", said, "caution"))
    return [
        Effects(
            id=id,
            title=spec.title,
            method=words("adjustment", spec.adjust),
            conventions={"adjustment": spec.adjust},
            notes=(*notes, *_same_comparison(members)),
            caption=spec.caption,
            rows=(*raw, *rows, *decisions),
        )
    ]


def _found(made: Sequence[Result], id: str, spec: FamilyAnalysis) -> list[tuple[str, str, EffectRow]]:
    """Address, title of the result and row of every member, in the protocol's order."""
    whole = Results(study={}, prose=(), quality=(), inputs=(), environment={}, items=tuple(made))
    by_address = {
        entry.address: (item.title, row)
        for item in made
        if isinstance(item, Effects)
        for entry, row in zip(islice(entries(item), 1, None), item.rows, strict=True)
    }
    members, faults = [], []
    for index, address in enumerate(spec.addresses()):
        where = f"analyses.{id}.tests.{index}"
        try:
            lookup(whole, address, "p")
        except InputError as error:
            faults += [Fault(where, f"{address!r}: {fault.problem}", fault.allowed) for fault in error.faults]
            continue
        members.append((address, *by_address[address]))
    if faults:
        raise InputError(faults)
    return members


def _label(title: str, row: EffectRow) -> str:
    own = ": ".join(filter(None, (row.label or row.term.replace("_", " "), row.contrast)))
    return f"{title}: {own}"


def _same_comparison(members: Iterable[tuple[str, str, EffectRow]]) -> tuple[Note, ...]:
    """A caution where two members test one comparison by different tests: the family is then too large."""
    seen: dict[tuple[str, str, str | None], str] = {}
    twice = []
    for address, _, row in members:
        key = (address.partition("/")[0], encode(row.term), row.contrast)
        if key in seen:
            twice.append(f"{seen[key]} and {address}")
        seen.setdefault(key, address)
    if not twice:
        return ()
    said = "Members that test one comparison in two ways, which makes the family too large: " + "; ".join(twice) + "."
    return (Note("one_comparison_twice", said, "caution"),)
