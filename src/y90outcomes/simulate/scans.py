"""Imaging rows of the canonical tables: of the whole patient and of each lesion, at every scan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.simulate.course import VISITS, Course
from y90outcomes.simulate.patients import Flags, Floats, Patients
from y90outcomes.simulate.rows import Maker, lesion_names, where, yes
from y90outcomes.simulate.settings import Settings

THROMBUS = ("VP1", "VP2", "VP3", "VP4")
WIDTHS = ((4.0, 7.0), (6.0, 10.0), (9.0, 15.0), (13.0, 22.0))
"""Width of a portal vein thrombus in mm by class."""
LARGEST = 390.0
"""Longest diameter in mm a lesion grows to; the registry takes more than 400 for a slip."""


def imaging_rows(
    settings: Settings, maker: Maker, people: Patients, course: Course, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per scan about the whole patient, one per scan and lesion."""
    whole = _of_patients(settings, maker, people, course, rng)
    return pd.concat([whole, _of_lesions(maker, people, course, rng)], ignore_index=True)


def _of_patients(
    settings: Settings, maker: Maker, people: Patients, course: Course, rng: np.random.Generator
) -> pd.DataFrame:
    n = len(people.tad)
    kind = rng.choice(len(THROMBUS), n, p=[0.2, 0.3, 0.35, 0.15])
    low, high = np.array(WIDTHS)[kind].T
    widest = rng.uniform(low, high)
    organ = np.where(course.shown.outside, rng.choice(["lung", "bone", "node", "other"], n, p=[0.5, 0.2, 0.2, 0.1]),
                     np.where(rng.random(n) < 0.7, "liver", ""))  # fmt: skip
    thrombus = np.where(people.pvt, np.array(THROMBUS)[kind], "none")
    patient, visit = np.nonzero(~np.isnan(course.scan_day))
    first, clot, shown = visit == 0, people.pvt[patient], course.shown
    new = shown.new_lesion[patient, visit]
    further = where(clot, yes(shown.thrombus_further[patient, visit]))
    remnant = _remnant(settings, people, course, rng)
    return maker.rows(patient, {
        "lesion_id": None, "visit": np.array(VISITS)[visit],
        "modality": np.where(course.ct[patient], "ct", "mri"),
        "pvtt_class": where(first, thrombus[patient]), "hvtt_class": where(first, "none"),
        "thrombus_enhancement": where(clot, yes(shown.thrombus_enhances[patient, visit])),
        "thrombus_width": np.where(clot, widest[patient] * shown.thrombus_width[patient, visit], np.nan),
        "thrombus_extension": further,
        "new_lesion": where(~first, yes(new)),
        "new_lesion_organ": where(new & (organ[patient] != ""), organ[patient]),
        "nontarget_progression": where(~first, yes(shown.other_progression[patient, visit])),
        "liver_volume": np.where(first, people.liver_volume[patient], np.nan),
        "tumour_volume": np.where(first, (people.tumour_volume + people.gap_volume)[patient], np.nan),
        "flr_volume": remnant[patient, visit],
    }, {"": course.scan_day[patient, visit]})  # fmt: skip


def _remnant(settings: Settings, people: Patients, course: Course, rng: np.random.Generator) -> Floats:
    """n × visits volume of the liver left untreated: at baseline unless both lobes are treated, later where its growth
    was intended; it grows until day 180."""
    page = settings.assumptions["remnant_growth"]
    grown = rng.uniform(float(page["low"]), float(page["high"]), len(people.tad))
    baseline = np.where(people.bilobar, np.nan, people.liver_volume - people.perfused_volume)
    share = np.minimum(np.nan_to_num(course.scan_day) / 180, 1.0).clip(min=0.0)
    made = baseline[:, None] * (1 + (grown - 1)[:, None] * share)
    wanted = np.arange(len(VISITS)) == 0
    wanted = wanted | (people.intent == "hypertrophy")[:, None]
    return np.where(wanted, made, np.nan)


def _of_lesions(maker: Maker, people: Patients, course: Course, rng: np.random.Generator) -> pd.DataFrame:
    """Targets and non-targets alike: what they measured at baseline times what the course says of each kind."""
    shown, shape = course.shown, people.diameters.shape
    enhancing = people.diameters * rng.uniform(0.86, 1.0, shape)
    narrower = rng.uniform(0.6, 0.95, shape)
    dense = rng.uniform(80, 125, shape)
    there = ~np.isnan(course.scan_day)[:, :, None] & ~np.isnan(people.diameters)[:, None, :]
    who, when, which = np.nonzero(there)
    target = people.targets[who, which]
    longest = people.diameters[who, which] * _of(target, shown.longest, shown.other_longest, who, when)
    longest = np.minimum(longest, LARGEST)
    viable = enhancing[who, which] * _of(target, shown.viable, shown.other_viable, who, when)
    viable = np.minimum(viable, longest)
    unseen = viable <= 0  # a scan that was not read has no viable diameter, and says nothing of enhancement
    across = viable * narrower[who, which]
    density = np.where(course.ct[who], dense[who, which] * np.where(target, shown.density[who, when], 1.0), np.nan)
    return maker.rows(who, {
        "lesion_id": lesion_names(which), "visit": np.array(VISITS)[when],
        "modality": np.where(course.ct[who], "ct", "mri"), "longest_diameter": longest, "viable_diameter": viable,
        "viable_perpendicular": np.where(unseen, np.nan, across), "attenuation": np.where(longest > 0, density, np.nan),
        "arterial_enhancement": where(~np.isnan(viable), np.where(unseen, "no", "yes")),
    }, {"": course.scan_day[who, when]})  # fmt: skip


def _of(target: Flags, own: Floats, other: Floats, who: np.ndarray, when: np.ndarray) -> Floats:
    return np.asarray(np.where(target, own[who, when], other[who, when]), dtype=np.float64)
