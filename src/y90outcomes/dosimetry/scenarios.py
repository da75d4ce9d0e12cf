"""Which of the five clinical scenarios of the 2022 recommendations a patient belongs to, by three-valued logic.

Salem R et al., Eur J Nucl Med Mol Imaging 2023;50:328-343, doi:10.1007/s00259-022-05956-w, "Methods" and Tables 3 to 7.
The paper defines the scenarios and not their order; the order here is a decision of this project: macrovascular
invasion (5) unless it is segmental and at most two segments are perfused (1); at most two segments without invasion
(1); declared bridge or hypertrophy intent in one lobe (2); more than one tumour, in both lobes (4) or in one (3); else
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.dosimetry.recommendations import NO, UNKNOWN, YES, States, every, negated, some

Words = npt.NDArray[np.object_]

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "segmental_thrombus": "Segmental thrombus, at most two segments perfused",
        "two_segments": "At most two segments perfused, no macrovascular invasion",
        "two_segments_either": "At most two segments perfused, invasion not known and not decisive",
        "declared_intent": "Declared bridge or hypertrophy intent, one lobe",
        "multifocal_unilobar": "More than one tumour, in one lobe",
        "multifocal_bilobar": "More than one tumour, in both lobes",
        "invasion": "Macrovascular invasion",
        "single_tumour": "No scenario: one tumour, more than two segments perfused, no declared intent in one lobe",
        "missing_invasion": "Missing: portal or hepatic vein thrombus",
        "missing_segments": "Missing: number of segments perfused",
        "missing_intent": "Missing: intent",
        "missing_lobes": "Missing: whether both lobes hold tumour",
        "missing_tumours": "Missing: number of tumours",
    }
)
"""code -> why a patient has its scenario, has none, or cannot be given one."""

INTENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hypertrophy": ("hypertrophy",),
        "bridge_or_hypertrophy": ("bridge", "hypertrophy"),
        "bridge_hypertrophy_or_downstaging": ("bridge", "hypertrophy", "downstaging"),
    }
)
"""protocol word -> intents (code list `intent`) that make a radiation lobectomy of a unilobar treatment."""

SEGMENTAL: Mapping[str, tuple[str, ...]] = MappingProxyType({"vp1": ("VP1",), "vp1_vp2": ("VP1", "VP2")})
"""protocol word -> portal classes that are segmental; the word `any` takes every invasion as segmental."""

_APPROACH = {"segmental": YES, "lobar": NO, "bilobar": NO, "whole_liver": NO}
_SECTORIAL = {"unknown": UNKNOWN, "at_most_two": YES, "more_than_two": NO}


_SETS = np.array(
    ["+".join(str(bit + 1) for bit in range(5) if number >> bit & 1) or "none" for number in range(32)], dtype=object
)

OVERLAPS: Mapping[str, str] = MappingProxyType(
    {
        "none": "No other scenario",
        **{code: f"Also scenario {code}" if len(code) == 1 else f"Also scenarios {' and '.join(code.split('+'))}"
           for code in ("2", "3", "4", "5", "2+3", "2+5")},
    }
)  # fmt: skip
"""Every overlap the definitions allow -> label."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides, three-valued, each (n,): invasion of a vein, its being segmental, at most two segments perfused,
    declared intent, tumour in both lobes, more than one tumour."""

    invasion: States
    segmental: States
    two_segments: States
    intent: States
    bilobar: States
    multifocal: States


@dataclass(frozen=True, slots=True)
class Assigned:
    """Scenario ("1" … "5", "none", None for missing), reason (a key of `REASONS`), and overlap: the other scenarios
    whose own definition the patient is known to meet, as "2+5", "none", or None where the scenario is missing."""

    scenario: Words
    reason: Words
    overlap: Words


def facts(
    portal: Words,
    hepatic: Words,
    segments: npt.NDArray[np.float64],
    approach: Words,
    intent: Words,
    bilobar: Words,
    reported: npt.NDArray[np.float64],
    open_count: Words,
    listed: npt.NDArray[np.float64],
    *,
    segmental_thrombus: str,
    lobectomy_intents: str,
    sectorial: str,
    blank_intent: str,
) -> Facts:
    """Codes and numbers of the registry, (n,) each, None or NaN for missing, as what decides.

    portal, hepatic  thrombus class (code lists pvtt_class, hvtt_class)
    segments         Couinaud segments perfused; where missing, `approach` says so when it can: segmental is at most
                     two, lobar and wider is more, sectorial is what the rule says
    intent           code list intent; "unknown" (not declared) is no declared intent, and so is a blank one unless
                     `blank_intent` is "missing"
    reported         number of tumours, a lower limit where `open_count` is "yes"; `listed` the lesions of the registry,
                     of which some may not be listed: they can show that there are several, never that there is one
    """
    known_veins = (classes(portal), classes(hepatic))
    invasion = some(known_veins)
    if segmental_thrombus == "any":
        segmental = np.full(len(invasion), YES, dtype=np.int8)
    else:
        branch = np.where(_missing(portal), UNKNOWN, np.isin(portal, SEGMENTAL[segmental_thrombus])).astype(np.int8)
        segmental = every([branch, negated(known_veins[1])])
    extent = mapped(approach, {**_APPROACH, "sectorial": _SECTORIAL[sectorial]})
    counted = np.where(segments >= 1, np.where(segments <= 2, YES, NO), extent).astype(np.int8)
    declared = np.isin(intent, INTENTS[lobectomy_intents]).astype(np.int8)
    if blank_intent == "missing":
        declared = np.where(_missing(intent), UNKNOWN, declared).astype(np.int8)
    several = (reported >= 2) | (listed >= 2)
    one = (reported == 1) & ~np.isin(open_count, ("yes", "unknown"))
    multifocal = np.where(several, YES, np.where(one, NO, UNKNOWN)).astype(np.int8)
    return Facts(invasion, segmental, counted, declared, mapped(bilobar, {"yes": YES, "no": NO}), multifocal)


def codes(column: pd.Series) -> Words:
    """A column of codes as text, None for missing."""
    words = np.asarray(column.astype("string").to_numpy(dtype=np.object_, na_value=""), dtype=np.object_)
    words[column.isna().to_numpy(dtype=bool)] = None
    return words


def classes(thrombus: Words) -> States:
    """Thrombus class -> invaded or not; missing is unknown."""
    return np.where(_missing(thrombus), UNKNOWN, np.where(thrombus == "none", NO, YES)).astype(np.int8)


def mapped(words: Words, table: Mapping[str, int]) -> States:
    """Codes -> states; a code the table lacks, and a missing one, is unknown."""
    result = np.full(len(words), UNKNOWN, dtype=np.int8)
    for code, state in table.items():
        result[words == code] = state
    return result


def _missing(words: Words) -> npt.NDArray[np.bool_]:
    return np.asarray(pd.isna(words), dtype=bool)


def assign(known: Facts) -> Assigned:
    """The first scenario of the order whose definition holds; missing where an unknown fact could make it another.

    The reason of a missing scenario is the first fact, in the order of the decision, that is unknown and could decide.
    """
    free, unilobar, focal = negated(known.invasion), negated(known.bilobar), known.multifocal
    segment = every([known.two_segments, some([known.segmental, free])])
    invaded = every([known.invasion, negated(every([known.two_segments, known.segmental]))])
    lobectomy = every([known.intent, unilobar])
    order = (
        ("5", invaded), ("1", segment), ("2", lobectomy), ("4", every([focal, known.bilobar])),
        ("3", every([focal, unilobar])),
    )  # fmt: skip
    n = len(free)
    scenario, reason = np.full(n, None, dtype=object), np.full(n, "", dtype=object)
    undecided = np.ones(n, dtype=bool)
    for number, state in order:
        scenario[undecided & (state == YES)] = number
        blocked = undecided & (state == UNKNOWN)
        for code, fact in _asked(known, number):
            reason[blocked & (fact == UNKNOWN) & (reason == "")] = code
        undecided &= state == NO
    scenario[undecided] = "none"
    for number, code in (("2", "declared_intent"), ("3", "multifocal_unilobar"), ("4", "multifocal_bilobar"),
                         ("5", "invasion"), ("none", "single_tumour")):  # fmt: skip
        reason[scenario == number] = code
    for code, invasion in (("two_segments", NO), ("segmental_thrombus", YES), ("two_segments_either", UNKNOWN)):
        reason[(scenario == "1") & (known.invasion == invasion)] = code
    fits = {
        "1": segment, "2": lobectomy, "3": every([focal, unilobar, free]), "4": every([focal, known.bilobar, free]),
        "5": known.invasion,
    }  # fmt: skip
    others = np.zeros(n, dtype=np.intp)
    for bit, (number, state) in enumerate(fits.items()):
        others += ((state == YES) & (scenario != number)).astype(np.intp) << bit
    overlap = _SETS[others]
    overlap[pd.isna(scenario)] = None
    return Assigned(scenario, reason, overlap)


def _asked(known: Facts, number: str) -> tuple[tuple[str, States], ...]:
    """The facts a scenario's definition asks for, in the order in which a missing one is named."""
    vein = (("missing_invasion", known.invasion), ("missing_segments", known.two_segments),
            ("missing_invasion", known.segmental))  # fmt: skip
    lobes = ("missing_lobes", known.bilobar)
    return {
        "5": vein,
        "1": vein,
        "2": (("missing_intent", known.intent), lobes),
        "4": (("missing_tumours", known.multifocal), lobes),
        "3": (("missing_tumours", known.multifocal), lobes),
    }[number]
