"""The canonical tables before the mess: what every clean value must be once it has been read.

A value is measured in its centre's own unit with that centre's decimals; the canonical value is the double nearest to
the exact decimal product with the unit's factor, so that a reader which converts exactly gives it back bit by bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.schema import MULTIPLE, Schema
from y90outcomes.simulate.centres import CENTRES, Style, quantity_of
from y90outcomes.simulate.course import VISITS, Course
from y90outcomes.simulate.patients import ETIOLOGIES, Flags, Floats, Patients
from y90outcomes.simulate.settings import Settings
from y90outcomes.units import factor

ANALYTES = ("bilirubin", "albumin", "inr", "creatinine", "afp", "platelets", "lymphocytes", "ast", "alt")
LAB_VISITS = ("baseline", "day_42", "day_90")
TARGETS = 2
"""Target lesions per organ (RECIST 1.1)."""
FIRST_DATE, LAST_TREATMENT, LAST_CONTACT = "2010-01-01", "2017-12-31", "2018-12-31"

Tables = dict[str, pd.DataFrame]


def deal(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Centre number and running number within the centre of each patient; every centre has one when n allows."""
    weights = np.array([style.weight for style in CENTRES])
    rest = rng.choice(len(CENTRES), max(n - len(CENTRES), 0), p=weights / weights.sum())
    centre = np.sort(np.concatenate([np.arange(min(n, len(CENTRES))), rest]))
    first = np.searchsorted(centre, centre)
    return centre, np.arange(n) - first + 1


def build_tables(
    settings: Settings, people: Patients, course: Course, schema: Schema, rng: np.random.Generator
) -> tuple[Tables, pd.DataFrame]:
    """Canonical tables of all centres, columns in schema order, values on each centre's own grid; and the key (centre,
    patient_id) of each patient in the order drawn."""
    n = len(people.tad)
    centre, number = deal(n, rng)
    key = pd.DataFrame({
        "centre": np.array([style.name for style in CENTRES], dtype=object)[centre],
        "patient_id": [CENTRES[c].ids.format(k) for c, k in zip(centre, number, strict=True)],
    })  # fmt: skip
    last = np.minimum(np.datetime64(LAST_TREATMENT), np.datetime64(LAST_CONTACT) - course.end.astype("timedelta64[D]"))
    span = (last - np.datetime64(FIRST_DATE)).astype(int)
    start = np.datetime64(FIRST_DATE) + np.floor(rng.random(n) * (span + 1)).astype("timedelta64[D]")
    by_day = np.array([not style.dates for style in CENTRES])[centre]
    maker = _Maker(key, start, by_day, schema)
    source = np.where(people.spect_ct, "maa_spect_ct", "maa_spect")
    tables = {
        "patients": _patients(maker, people, course),
        "treatments": _treatments(maker, people, rng),
        "lesions": _lesions(maker, people),
        "dosimetry": _dosimetry(maker, people, source),
        "imaging": _imaging(maker, people, course, rng),
        "assessments": _assessments(maker, course),
        "labs": _labs(settings, maker, people, course, centre, rng),
        "adverse_events": _adverse_events(maker, course, rng),
        "therapies": _therapies(maker, people, course, rng),
        "follow_up": _follow_up(maker, course),
    }
    made = {name: _on_grid(_ordered(tables.get(name), schema, name), schema, name) for name in schema.tables}
    made["dosimetry"] = _on_grid(_with_lung_dose(made, settings.number("mird_gy_kg_per_gbq")), schema, "dosimetry")
    return made, key


class _Maker:
    """Rows of a table from arrays over patients: keys, and dates as the centre gives them."""

    def __init__(self, key: pd.DataFrame, start: np.ndarray, by_day: Flags, schema: Schema) -> None:
        self.key, self.start, self.by_day, self.schema = key, start, by_day, schema

    def rows(self, patient: np.ndarray, columns: Mapping[str, object], dates: Mapping[str, Floats]) -> pd.DataFrame:
        """`patient` positions; `columns` arrays along the rows; `dates` prefix ("" or "maa_") -> days."""
        frame: Any = self.key.iloc[patient].reset_index(drop=True)
        for name, values in columns.items():
            frame[name] = values
        for prefix, days in dates.items():
            days = np.asarray(days, dtype=float)
            known = ~np.isnan(days)
            moved = self.start[patient] + np.where(known, days, 0).astype("timedelta64[D]")
            frame[f"{prefix}date"] = pd.Series(moved).astype("datetime64[s]").where(known & ~self.by_day[patient])
            frame[f"{prefix}day"] = np.where(known & self.by_day[patient], days, np.nan)
        return pd.DataFrame(frame)


def _yes(flags: Flags) -> np.ndarray:
    return np.where(flags, "yes", "no")


def _where(there: Flags, texts: object) -> np.ndarray:
    """`texts` where `there`, None elsewhere."""
    made = np.full(len(there), None, dtype=object)
    made[there] = np.broadcast_to(np.asarray(texts, dtype=object), len(there))[there]
    return made


def _patients(maker: _Maker, people: Patients, course: Course) -> pd.DataFrame:
    everyone = np.arange(len(people.tad))
    order = [list(maker.schema.codelists["etiology"].codes).index(name) for name in ETIOLOGIES]
    listed = [ETIOLOGIES[i] for i in np.argsort(order)]
    causes = people.causes[:, np.argsort(order)]
    names = [MULTIPLE.join(name for name, flag in zip(listed, row, strict=True) if flag) for row in causes]
    ascites = np.array(["none", "slight", "moderate"])[people.points[:, 3] - 1]
    return maker.rows(everyone, {
        "sex": np.where(people.male, "male", "female"), "age_at_treatment": people.age, "diagnosis": "hcc",
        "etiology": names, "cirrhosis": _yes(people.cirrhosis), "ecog": people.ecog.astype(str), "ascites": ascites,
        "encephalopathy": np.where(people.points[:, 4] > 1, "grade_1_2", "none"),
        "child_pugh_reported": people.child_pugh, "bclc_reported": people.bclc, "tumour_count": people.lesions,
        "bilobar": _yes(people.bilobar),
        "tumour_replacement": 100 * (people.tumour_volume + people.gap_volume) / people.liver_volume,
        "extrahepatic_disease": "no", "prior_liver_therapy": "no",
    }, {"diagnosis_": -np.ceil(people.months_from_diagnosis * 30.4375)})  # fmt: skip


def _treatments(maker: _Maker, people: Patients, rng: np.random.Generator) -> pd.DataFrame:
    n = len(people.tad)
    return maker.rows(np.arange(n), {
        "treatment_number": 1, "device": "glass", "approach": np.where(people.bilobar, "bilobar", "lobar"),
        "activity": people.activity, "residual_fraction": people.residual,
        "lung_shunt_fraction": people.lung_shunt, "lung_mass": people.lung_mass, "sphere_age": people.sphere_age,
    }, {"": np.zeros(n), "maa_": -rng.integers(6, 22, n).astype(float)})  # fmt: skip


def _names(number: np.ndarray) -> np.ndarray:
    return np.char.add("L", (number + 1).astype(str))


def _lesions(maker: _Maker, people: Patients) -> pd.DataFrame:
    patient, lesion = np.nonzero(~np.isnan(people.diameters))
    side = np.where(people.right, "right", "left")[patient]
    other = np.where(side == "right", "left", "right")
    large = (people.diameters[patient, lesion] >= 30) & (lesion < TARGETS)
    return maker.rows(patient, {
        "lesion_id": _names(lesion), "role": np.where(large, "target", "non_target"),
        "lobe": np.where((lesion > 0) & people.bilobar[patient], other, side), "organ": "liver",
    }, {})  # fmt: skip


def _dosimetry(maker: _Maker, people: Patients, source: np.ndarray) -> pd.DataFrame:
    n = len(people.tad)
    nothing = np.full(n, np.nan)
    parts: dict[str, tuple[Floats, Floats]] = {
        "tumour_total_perfused": (people.tad, people.tumour_volume),
        "normal_perfused": (people.ntad, people.perfused_normal_volume),
        "perfused_liver": (people.perfused_dose, people.perfused_volume),
        "whole_liver": (nothing, people.liver_volume),
        "whole_liver_normal": (people.normal_dose, people.normal_volume),
        "lung": (people.lung_dose, nothing),
    }
    everyone = np.arange(n)
    frames = [
        maker.rows(everyone, {"treatment_number": 1, "lesion_id": None, "compartment": name, "source": source,
                              "absorbed_dose": dose, "volume": volume, "model": "partition"}, {})
        for name, (dose, volume) in parts.items()
    ]  # fmt: skip
    patient, lesion = np.nonzero(people.diameters >= 30)
    frames.append(
        maker.rows(patient, {"treatment_number": 1, "lesion_id": _names(lesion), "compartment": "lesion",
                             "source": source[patient], "absorbed_dose": people.doses[patient, lesion],
                             "volume": people.volumes[patient, lesion], "model": "partition"}, {})
    )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _with_lung_dose(made: Tables, k: float) -> pd.DataFrame:
    """The lung dose as a centre computes it: from the activity, residual, shunt and lung mass it wrote down."""
    doses, given = made["dosimetry"], made["treatments"].set_index(["centre", "patient_id"])
    lung = (doses["compartment"] == "lung").to_numpy(dtype=bool)
    own = given.loc[pd.MultiIndex.from_frame(doses.loc[lung, ["centre", "patient_id"]])]
    net = own["activity"] * (1 - own["residual_fraction"] / 100) * own["lung_shunt_fraction"] / 100
    doses.loc[lung, "absorbed_dose"] = (k * net / own["lung_mass"]).to_numpy()
    return doses


def _imaging(maker: _Maker, people: Patients, course: Course, rng: np.random.Generator) -> pd.DataFrame:
    n = len(people.tad)
    thrombus = np.where(people.pvt, rng.choice(["VP1", "VP2", "VP3", "VP4"], n, p=[0.2, 0.3, 0.35, 0.15]), "none")
    patient, visit = np.nonzero(~np.isnan(course.scan_day))
    first = visit == 0
    of_patient = maker.rows(patient, {
        "lesion_id": None, "visit": np.array(VISITS)[visit],
        "modality": np.where(course.ct[patient], "ct", "mri"),
        "pvtt_class": _where(first, thrombus[patient]), "hvtt_class": _where(first, "none"),
        "new_lesion": _where(~first, _yes(course.new_lesion[patient, visit])),
    }, {"": course.scan_day[patient, visit]})  # fmt: skip
    enhancing = people.diameters * rng.uniform(0.86, 1.0, people.diameters.shape)
    narrower = rng.uniform(0.6, 0.95, people.diameters.shape)
    dense = rng.uniform(80, 125, people.diameters.shape)
    there = ~np.isnan(course.scan_day)[:, :, None] & ~np.isnan(people.diameters)[:, None, :]
    later = (people.diameters >= 30) & (np.arange(people.diameters.shape[1]) < TARGETS)
    there[:, 1:, :] &= later[:, None, :]
    who, when, which = np.nonzero(there)
    longest = people.diameters[who, which] * course.longest[who, when]
    viable = np.minimum(enhancing[who, which], people.diameters[who, which]) * course.viable[who, when]
    viable = np.minimum(viable, longest)
    unseen = viable <= 0
    across = viable * narrower[who, which] * rng.uniform(0.97, 1.03, len(who))
    density = np.where(course.ct[who], dense[who, which] * course.density[who, when], np.nan)
    of_lesion = maker.rows(who, {
        "lesion_id": _names(which), "visit": np.array(VISITS)[when],
        "modality": np.where(course.ct[who], "ct", "mri"), "longest_diameter": longest, "viable_diameter": viable,
        "viable_perpendicular": np.where(unseen, np.nan, across), "attenuation": np.where(longest > 0, density, np.nan),
        "arterial_enhancement": np.where(unseen, "no", "yes"),
    }, {"": course.scan_day[who, when]})  # fmt: skip
    return pd.concat([of_patient, of_lesion], ignore_index=True)


def _assessments(maker: _Maker, course: Course) -> pd.DataFrame:
    frames = []
    n = len(course.end)
    for criterion, categories in course.category.items():
        patient, visit = np.nonzero(categories != "")
        frames.append(maker.rows(patient, {
            "lesion_id": None, "visit": np.array(VISITS)[visit], "criterion": criterion,
            "response": categories[patient, visit],
        }, {"": course.scan_day[patient, visit]}))  # fmt: skip
        downgraded = course.best[criterion] != course.best_target[criterion]
        at = np.where(downgraded, (~np.isnan(course.scan_day[:, 1:])).argmax(axis=1) + 1, course.best_visit)
        day = np.where(course.best_visit > 0, course.scan_day[np.arange(n), at], np.nan)
        frames.append(maker.rows(np.arange(n), {
            "lesion_id": None, "visit": "best", "criterion": criterion, "response": course.best[criterion],
        }, {"": day}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _labs(
    settings: Settings, maker: _Maker, people: Patients, course: Course, centre: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Samples that fit what was drawn: Child–Pugh points at baseline, toxicity grades at their onset, AFP response."""
    n = len(people.tad)
    limits = {name: np.array([_limits(style, name, maker.schema) for style in CENTRES])[centre] for name in ANALYTES}
    values = {name: _course_of(settings, name, people, course, limits[name], rng) for name in ANALYTES if name != "afp"}
    values["afp"] = np.column_stack([course.afp_baseline, course.afp_baseline * rng.uniform(0.9, 1.1, n),
                                     course.afp_baseline * course.afp_left])  # fmt: skip
    frames = []
    for name in ANALYTES:
        patient, visit = np.nonzero(~np.isnan(course.lab_day) & ~np.isnan(values[name]))
        frames.append(maker.rows(patient, {
            "analyte": name, "visit": np.array(LAB_VISITS)[visit], "value": values[name][patient, visit],
            "uln": limits[name][patient, 1], "lln": limits[name][patient, 0],
        }, {"": course.lab_day[patient, visit]}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _limits(style: Style, analyte: str, schema: Schema) -> tuple[float, float]:
    column = schema.tables["labs"].columns["value"]
    unit, _digits = style.unit(quantity_of(column, analyte))
    scale = factor(quantity_of(column, analyte), unit)
    low, high = (Decimal(text) * (scale or Decimal(1)) for text in style.limits[analyte])
    return float(low), float(high)


_BILIRUBIN = {0: (0.25, 0.96), 1: (1.12, 1.42), 2: (1.6, 2.85), 3: (3.25, 5.5), 4: (10.6, 12.5)}
_LYMPHOCYTES = {0: (1.08, 2.4), 1: (0.84, 0.95), 2: (0.54, 0.76), 3: (0.23, 0.46), 4: (0.1, 0.17)}
"""Grade -> limits well inside its band: multiples of ULN; 10⁹/L."""
_USUAL = {"creatinine": (75.0, 0.22), "platelets": (165.0, 0.4), "ast": (48.0, 0.45), "alt": (40.0, 0.45)}
"""Median and log SD of analytes nothing else depends on."""


def _course_of(
    settings: Settings, name: str, people: Patients, course: Course, limits: np.ndarray, rng: np.random.Generator
) -> Floats:
    """n × 3 values at baseline, day 42 and day 90."""
    n = len(people.tad)
    upper = limits[:, 1]
    u = rng.random((3, n))
    if name in ("bilirubin", "lymphocytes"):
        grades = course.bilirubin_grade if name == "bilirubin" else course.lymphocyte_grade
        bands = _BILIRUBIN if name == "bilirubin" else _LYMPHOCYTES
        unit = upper if name == "bilirubin" else np.ones(n)
        raised = (
            (rng.random(n) < settings.number("bilirubin_above_uln_at_baseline")) & (name == "bilirubin") & (grades != 1)
        )
        usual = _between(bands, np.where(raised, 1, 0), u[0]) * unit
        table = np.column_stack([usual, usual * (0.94 + 0.1 * u[1]), usual * (0.94 + 0.1 * u[2])])
        low, high = (np.array([bands[1 if flag else 0][k] for flag in (False, True)])[raised.astype(int)] * unit
                     for k in (0, 1))  # fmt: skip
        table = np.clip(table, low[:, None], high[:, None])
        column = course.onset[:, 0 if name == "bilirubin" else 1]
        shows = grades > 0
        table[shows, column[shows]] = (_between(bands, grades, u[1]) * unit)[shows]
        return np.asarray(table, dtype=np.float64)
    if name == "albumin":
        low, high = (np.array(edges)[people.points[:, 1] - 1] for edges in ((36.5, 29.5, 22.0), (46.0, 34.0, 26.5)))
    elif name == "inr":
        low, high = (np.array(edges)[people.points[:, 2] - 1] for edges in ((0.95, 1.8, 2.5), (1.45, 2.2, 3.0)))
    else:
        median, spread = _USUAL[name]
        base = median * np.exp(spread * rng.standard_normal(n))
        return np.column_stack([base, base * np.exp(0.1 * (u[1] - 0.4)), base * np.exp(0.1 * (u[2] - 0.4))])
    base = low + (high - low) * u[0]
    return np.column_stack([base, base * (0.95 + 0.08 * u[1]), base * (0.95 + 0.08 * u[2])])


def _between(bands: Mapping[int, tuple[float, float]], grade: np.ndarray, u: Floats) -> Floats:
    low, high = (np.array([bands[k][side] for k in range(5)])[grade] for side in (0, 1))
    return np.asarray(low + (high - low) * u, dtype=np.float64)


def _adverse_events(maker: _Maker, course: Course, rng: np.random.Generator) -> pd.DataFrame:
    n = len(course.end)
    terms = {**course.events, "hyperbilirubinaemia": course.bilirubin_grade, "lymphopenia": course.lymphocyte_grade}
    frames = []
    for term, grade in terms.items():
        day = np.floor(1 + rng.random(n) * np.minimum(course.end - 1, 89))
        if term in ("hyperbilirubinaemia", "lymphopenia"):
            column = course.onset[:, 0 if term == "hyperbilirubinaemia" else 1]
            day = course.lab_day[np.arange(n), column]
        patient = np.flatnonzero(grade > 0)
        related = np.where(rng.random(n) < 0.7, "related", "possible")
        frames.append(maker.rows(patient, {
            "term": term, "grade": grade[patient], "ctcae_version": "4.02", "related": related[patient],
        }, {"": day[patient]}).assign(_day=day[patient]))  # fmt: skip
    whole = pd.concat(frames, ignore_index=True).sort_values(["centre", "patient_id", "_day", "term"], kind="stable")
    whole["event_number"] = whole.groupby(["centre", "patient_id"]).cumcount() + 1
    return whole.drop(columns="_day").reset_index(drop=True)


def _therapies(maker: _Maker, people: Patients, course: Course, rng: np.random.Generator) -> pd.DataFrame:
    before, after = np.flatnonzero(people.prior_sorafenib), np.flatnonzero(~np.isnan(course.systemic_day))
    diagnosed = np.ceil(people.months_from_diagnosis * 30.4375)
    began = -np.maximum(np.floor(diagnosed * rng.uniform(0.3, 0.9, len(diagnosed))), 1.0)
    same = {"therapy": "systemic", "agent": "sorafenib"}
    first = maker.rows(before, {"therapy_number": 1, **same}, {"": began[before]})
    number = np.where(people.prior_sorafenib[after], 2, 1)
    second = maker.rows(after, {"therapy_number": number, **same}, {"": course.systemic_day[after]})
    return pd.concat([first, second], ignore_index=True)


def _follow_up(maker: _Maker, course: Course) -> pd.DataFrame:
    n = len(course.end)
    everyone = np.arange(n)
    frames = [
        maker.rows(everyone, {"event": event, "occurrence": _yes(~np.isnan(day)),
                              "cause": _where(course.cause != "", course.cause) if event == "death" else None},
                   {"": day})
        for event, day in (("death", course.death), ("progression", course.progression), ("last_contact", course.end))
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _ordered(frame: pd.DataFrame | None, schema: Schema, name: str) -> pd.DataFrame:
    """Schema columns in order, canonical types, sorted by key."""
    table = schema.tables[name]
    types = {"text": "string", "code": "string", "codes": "string", "integer": "Int64", "number": "float64",
             "day": "float64", "date": "datetime64[s]", "boolean": "boolean"}  # fmt: skip
    rows = 0 if frame is None else len(frame)
    columns = {}
    for column in table.columns.values():
        given = None if frame is None or column.name not in frame.columns else frame[column.name]
        if given is None:
            given = pd.Series([pd.NaT if column.type == "date" else None] * rows)
        columns[column.name] = given.astype(types[column.type])  # type: ignore[call-overload]
    made = pd.DataFrame(columns)
    return made.sort_values(list(table.primary_key), kind="stable", na_position="first", ignore_index=True)


def _on_grid(frame: pd.DataFrame, schema: Schema, name: str) -> pd.DataFrame:
    """Every number on its centre's grid: decimals in the centre's unit, converted back exactly."""
    styles = {style.name: style for style in CENTRES}
    for column in schema.tables[name].columns.values():
        if column.type not in ("number", "day") or frame[column.name].isna().all():
            continue
        groups = ["centre", "analyte"] if column.quantity_from else ["centre"]
        values = frame[column.name].to_numpy(copy=True)
        if not column.quantity_from and not column.quantity:
            continue
        for key, rows in frame.groupby(groups, sort=False).indices.items():
            centre, *rest = key if isinstance(key, tuple) else (key,)
            quantity = quantity_of(column, *rest)
            unit, digits = styles[str(centre)].unit(quantity)
            if column.name in ("uln", "lln"):
                continue  # the laboratory's own limits are exact already
            values[rows] = on_grid(values[rows], factor(quantity, unit) or Decimal(1), digits)
        frame[column.name] = values
    return frame


def on_grid(values: Floats, scale: Decimal, digits: int) -> Floats:
    """Values as read from a text with `digits` decimals in the unit `scale` canonical units large."""
    distinct, inverse = np.unique(values, return_inverse=True)
    made = [float("nan") if np.isnan(v) else float(Decimal(raw_text(v, scale, digits)) * scale) for v in distinct]
    return np.asarray(made, dtype=np.float64)[inverse]


def raw_text(value: float, scale: Decimal, digits: int) -> str:
    """The decimal text of a canonical value in a unit, `digits` decimals, trailing zeros kept."""
    return str((Decimal(repr(float(value))) / scale).quantize(Decimal(1).scaleb(-digits)))
