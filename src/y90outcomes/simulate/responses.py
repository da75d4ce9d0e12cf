"""What the scans show: categories drawn first, then ratios to baseline well inside their limits.

Before the visit of the best response a target lesion shrinks a little, at it the ratio lies well inside the category,
after it the ratio creeps down until progression. Nothing grows before it progresses, so that no rounding can make a
lesion grow. Progression is growth of the targets, a new lesion in or outside the liver, unequivocal progression of
non-target lesions, or an enhancing thrombus that widens or reaches further.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from y90outcomes.simulate.patients import Flags, Floats, Ints, Patients, Words
from y90outcomes.simulate.settings import Settings

DAYS_PER_MONTH = 30.4375
OF_LESION = ("mrecist", "recist_1_1", "easl", "choi")
"""Criteria read off a target lesion alone."""
OF_PATIENT = (*OF_LESION, "localised_mrecist")
SHORTEST_STABLE = 42.0
"""Days from treatment from which a stable disease counts; seen earlier alone it is not evaluable."""


@dataclass(frozen=True, slots=True)
class Best:
    """Best responses of n patients by `mrecist` and `recist_1_1`, as the site reads them: of the target, and of all.

    downgraded      the target responds, all lesions progress at the first scan
    other_left, thrombus_left  the targets are complete, a non-target lesion or the thrombus still enhances: partial
    """

    target: Mapping[str, Words]
    whole: Mapping[str, Words]
    downgraded: Flags
    other_left: Flags
    thrombus_left: Flags


@dataclass(frozen=True, slots=True)
class Shown:
    """What n patients' scans show; n × visits unless said otherwise, "" and NaN without a scan.

    category, target       criterion -> category of the patient, of each target lesion; NE at a scan that was not read
    best, best_target      criterion -> n categories that count as best, NE without; *_at -> visit that shows it first,
                           0 for none
    longest, viable, density  ratio to baseline of a target lesion
    other_longest, other_viable  ratio to baseline of a non-target lesion
    new_lesion, outside    a new lesion is reported; it lies outside the liver (n)
    other_progression      non-target disease, thrombus included, progresses unequivocally
    thrombus_enhances, thrombus_further  flags; thrombus_width ratio to baseline; of patients with a thrombus
    progression            n days, NaN without
    """

    category: Mapping[str, Words]
    target: Mapping[str, Words]
    best: Mapping[str, Words]
    best_at: Mapping[str, Ints]
    best_target: Mapping[str, Words]
    best_target_at: Mapping[str, Ints]
    longest: Floats
    viable: Floats
    density: Floats
    other_longest: Floats
    other_viable: Floats
    new_lesion: Flags
    outside: Flags
    other_progression: Flags
    thrombus_enhances: Flags
    thrombus_width: Floats
    thrombus_further: Flags
    progression: Floats


def show(
    settings: Settings, best: Best, scan: Floats, visit: Ints, switch: Floats, end: Floats, people: Patients,
    rng: np.random.Generator,
) -> Shown:  # fmt: skip
    """Draw what every scan shows. `scan` n × visits days, NaN without; `visit` n, the column of the best response;
    `switch` n, the day of another treatment given before that response, NaN for none."""
    n, width = scan.shape
    everyone = np.arange(n)
    there = ~np.isnan(scan)
    there[:, 0] = False
    responds = np.isin(best.target["mrecist"], ("CR", "PR"))
    first = np.where(there.any(axis=1), there.argmax(axis=1), width)
    start = np.where(visit > 0, scan[everyone, visit], np.nan)
    free = start + 1 + rng.exponential(settings.number("months_to_progression") * DAYS_PER_MONTH / np.log(2), n)
    at = np.full(n, width)
    for j in range(width - 1, 0, -1):
        at = np.where(there[:, j] & (scan[:, j] >= free), j, at)
    at = np.where((best.target["mrecist"] == "PD") | best.downgraded, first, at)
    at = np.where(visit == 0, width, at)
    found_at = np.where(at < width, scan[everyone, np.minimum(at, width - 1)], np.nan)
    progression = np.where(at < width, found_at, np.where(free < end, np.ceil(free), np.nan))
    kind = _kind(settings, responds, people, rng)
    progressed = there & (np.arange(width) >= at[:, None])
    columns = np.arange(width)
    between = there & (columns > first[:, None]) & (columns != visit[:, None]) & (columns < at[:, None])
    unread = between & (rng.random((n, width)) < settings.number("unread_scan"))
    since = np.maximum(np.arange(width) - at[:, None], 0)
    responded = responds[:, None] & there & (np.arange(width) >= visit[:, None])
    grown = progressed & _is(kind, "growth")
    of_target = _of_target(best, responded, grown, there)
    category = _unread(_of_patient(best, of_target, progressed, kind, there), unread)
    target = _unread(of_target, unread)
    measured = there & ~unread
    ratios = _ratios(best, visit, responded, grown, since, measured, rng)
    others = _others(best, responded, progressed & _is(kind, "non_target"), since, measured)
    counted = ~(switch < start)
    chosen, chosen_at = _bests(best, visit, first, scan, kind, counted)
    own, own_at = _bests_of_target(best, visit, first, scan, kind, counted)
    clot = progressed & _is(kind, "thrombus")
    wider = clot & (rng.random((n, 1)) < 0.6)
    calm = np.where(_complete(best, responded) & ~best.thrombus_left[:, None], 0.6, 1.0)
    return Shown(
        category=category, target=target, best=chosen, best_at=chosen_at, best_target=own, best_target_at=own_at,
        **ratios, **others,
        new_lesion=progressed & _is(kind, "liver", "outside"), outside=kind == "outside",
        other_progression=progressed & _is(kind, "non_target", "thrombus"),
        thrombus_enhances=clot | ~_complete(best, responded) | best.thrombus_left[:, None],
        thrombus_width=np.where(wider, 1.5 + 0.05 * since, calm * (1 - 0.02 * np.arange(width))),
        thrombus_further=clot & (~wider | (rng.random((n, 1)) < 0.4)), progression=progression,
    )  # fmt: skip


def _kind(settings: Settings, responds: Flags, people: Patients, rng: np.random.Generator) -> Words:
    """What shows a progression: growth of the targets never in one who responded, else in seven of ten."""
    shares = settings.assumptions["progression_shown_by"]
    u, v, w = rng.random((3, len(responds)))
    outside = v < shares["outside"] / (shares["outside"] + shares["liver"])
    new = np.where(outside, "outside", "liver")
    other = people.others.any(axis=1) & (w < shares["non_target"])
    clot = people.pvt & (w > 1 - shares["thrombus"])
    kind = np.where(other, "non_target", np.where(clot, "thrombus", new))
    return np.where(responds | (u < 0.3), kind, "growth")


def _is(kind: Words, *names: str) -> Flags:
    """Patients of these kinds, as a column beside visits."""
    return np.asarray(np.isin(kind, names), dtype=np.bool_)[:, None]


def _complete(best: Best, responded: Flags) -> Flags:
    return responded & _is(best.target["mrecist"], "CR")


def _of_target(best: Best, responded: Flags, grown: Flags, there: Flags) -> dict[str, Words]:
    """Category of each target lesion at each scan. Attenuation falls with every mRECIST response, and so does the size,
    by a tenth at least: partial by Choi."""
    gone = best.target["recist_1_1"] == "CR"
    when_best = {
        "mrecist": best.target["mrecist"], "recist_1_1": best.target["recist_1_1"], "easl": best.target["mrecist"],
        "choi": np.where(gone, "CR", "PR"),
    }  # fmt: skip
    return {
        name: np.where(there, np.where(grown, "PD", np.where(responded, values[:, None], "SD")), "")
        for name, values in when_best.items()
    }


def _of_patient(
    best: Best, target: Mapping[str, Words], progressed: Flags, kind: Words, there: Flags
) -> dict[str, Words]:
    """Category of the patient: that of the targets, partial where something else is left, progression by anything. A
    thrombus is looked at by mRECIST and localised mRECIST alone; what lies outside the liver is not localised."""
    other, clot = best.other_left[:, None], best.thrombus_left[:, None]
    made = {}
    for name in OF_PATIENT:
        shown = target["mrecist" if name == "localised_mrecist" else name]
        left = other | clot if name in ("mrecist", "localised_mrecist") else other
        shown = np.where((shown == "CR") & left, "PR", shown)
        counts = progressed & (kind != "outside")[:, None] if name == "localised_mrecist" else progressed
        made[name] = np.where(there, np.where(counts, "PD", shown), "")
    return made


def _unread(categories: Mapping[str, Words], unread: Flags) -> dict[str, Words]:
    return {name: np.where(unread, "NE", values) for name, values in categories.items()}


def _bests(
    best: Best, visit: Ints, first: Ints, scan: Floats, kind: Words, counted: Flags
) -> tuple[dict[str, Words], dict[str, Ints]]:
    """Best response of the patient by criterion, as drawn, and the visit that shows it first."""
    gone = best.target["recist_1_1"] == "CR"
    responds = np.isin(best.target["mrecist"], ("CR", "PR"))
    by_density = np.where(responds, np.where(gone, "CR", "PR"), best.target["mrecist"])
    viable = best.target["mrecist"]
    drawn = {"mrecist": viable, "recist_1_1": best.target["recist_1_1"], "easl": viable, "choi": by_density,
             "localised_mrecist": viable}  # fmt: skip
    made, at = {}, {}
    for name, values in drawn.items():
        left = best.other_left | best.thrombus_left if name in ("mrecist", "localised_mrecist") else best.other_left
        values = np.where((values == "CR") & left, "PR", values)
        unseen = (kind == "outside") & (name == "localised_mrecist")
        values = np.where(best.downgraded & ~unseen, "PD", values)
        values = np.where((values == "PD") & unseen, "SD", values)
        made[name], at[name] = _dated(values, visit, first, scan, counted)
    return made, at


def _bests_of_target(
    best: Best, visit: Ints, first: Ints, scan: Floats, kind: Words, counted: Flags
) -> tuple[dict[str, Words], dict[str, Ints]]:
    """As `_bests`, of a target lesion: a progression that is none of its own leaves it stable."""
    gone = best.target["recist_1_1"] == "CR"
    responds = np.isin(best.target["mrecist"], ("CR", "PR"))
    made, at = {}, {}
    for name in OF_LESION:
        values = best.target["recist_1_1" if name == "recist_1_1" else "mrecist"]
        if name == "choi":
            values = np.where(responds, np.where(gone, "CR", "PR"), values)
        values = np.where((values == "PD") & (kind != "growth"), "SD", values)
        made[name], at[name] = _dated(values, visit, first, scan, counted)
    return made, at


def _dated(values: Words, visit: Ints, first: Ints, scan: Floats, counted: Flags) -> tuple[Words, Ints]:
    """A response is seen first at its own visit, stable and progressive disease at the first scan. A response that does
    not count, after another treatment, leaves the stable disease seen before it."""
    n, width = scan.shape
    values = np.where(np.isin(values, ("CR", "PR")) & ~counted, "SD", values)
    at = np.where(np.isin(values, ("CR", "PR")), visit, np.where(first < width, first, 0))
    early = scan[np.arange(n), at] < SHORTEST_STABLE
    values = np.where((values == "SD") & early, "NE", values)
    return values, np.where(values == "NE", 0, at).astype(np.int64)


def _ratios(
    best: Best, visit: Ints, responded: Flags, grown: Flags, since: Ints, there: Flags, rng: np.random.Generator
) -> dict[str, Floats]:
    n, width = there.shape
    live = np.where(best.target["mrecist"] == "CR", 0.0, rng.uniform(0.3, 0.64, n))
    small = np.maximum(rng.uniform(0.42, 0.64, n), live)
    by_size = best.target["recist_1_1"]
    size = np.where(by_size == "CR", 0.0, np.where(by_size == "PR", small, rng.uniform(0.78, 0.85, n)))
    dense, growth = rng.uniform(0.6, 0.78, n), rng.uniform(1.3, 1.5, n)
    made = {name: np.full((n, width), np.nan) for name in ("longest", "viable", "density")}
    for values in made.values():
        values[:, 0] = 1.0
    for j in range(1, width):
        stable = 0.975 - 0.008 * j - rng.uniform(0, 0.006, n)
        creep = 1 - 0.004 * np.maximum(j - visit, 0)
        for name, at_best in (("longest", size), ("viable", live)):
            ratio = np.where(responded[:, j], at_best * creep, stable)
            ratio = np.where(grown[:, j], growth * (1 + 0.08 * since[:, j]), ratio)
            made[name][:, j] = np.where(there[:, j], ratio, np.nan)
        fall = np.where(responded[:, j], dense, 1.0) * rng.uniform(0.96, 1.03, n)
        made["density"][:, j] = np.where(there[:, j], fall, np.nan)
    return made


def _others(best: Best, responded: Flags, grown: Flags, since: Ints, there: Flags) -> dict[str, Floats]:
    """Non-target lesions: gone or no longer enhancing with a complete response, stable before it and in every other."""
    width = there.shape[1]
    complete = _complete(best, responded) & ~best.other_left[:, None]
    gone = complete & (best.target["recist_1_1"] == "CR")[:, None]
    stable = 0.99 - 0.005 * np.arange(width) * np.ones(there.shape)
    larger = np.where(grown, 1.5 + 0.1 * since, stable)
    made = {"other_longest": np.where(gone & ~grown, 0.0, larger),
            "other_viable": np.where(complete & ~grown, 0.0, larger)}  # fmt: skip
    for values in made.values():
        values[:, 0] = 1.0
        values[:, 1:] = np.where(there[:, 1:], values[:, 1:], np.nan)
    return made
