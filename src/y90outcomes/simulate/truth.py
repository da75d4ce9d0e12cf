"""The canonical tables before the mess: what every clean value must be once it has been read.

A value is measured in its centre's own unit with that centre's decimals; the canonical value is the double nearest to
the exact decimal product with the unit's factor, so that a reader which converts exactly gives it back bit by bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from y90outcomes.schema import MULTIPLE, Schema
from y90outcomes.simulate.centres import CENTRES, Style, quantity_of
from y90outcomes.simulate.course import VISITS, Course
from y90outcomes.simulate.grades import Graded
from y90outcomes.simulate.laboratory import lab_rows
from y90outcomes.simulate.patients import ETIOLOGIES, Floats, Patients
from y90outcomes.simulate.rows import Maker, lesion_names, where, yes
from y90outcomes.simulate.scans import imaging_rows
from y90outcomes.simulate.settings import Settings
from y90outcomes.units import factor

_SORAFENIB = ("systemic", "sorafenib")
FIRST_DATE, LAST_TREATMENT, LAST_CONTACT = "2010-01-01", "2017-12-31", "2018-12-31"

Tables = dict[str, pd.DataFrame]


def deal(n: int, rng: np.random.Generator, styles: Sequence[Style] = CENTRES) -> tuple[np.ndarray, np.ndarray]:
    """Centre number and running number within the centre of each patient; every centre has one when n allows."""
    weights = np.array([style.weight for style in styles])
    rest = rng.choice(len(styles), max(n - len(styles), 0), p=weights / weights.sum())
    centre = np.sort(np.concatenate([np.arange(min(n, len(styles))), rest]))
    first = np.searchsorted(centre, centre)
    return centre, np.arange(n) - first + 1


def build_tables(
    settings: Settings, people: Patients, course: Course, schema: Schema, rng: np.random.Generator
) -> tuple[Tables, pd.DataFrame, dict[str, Graded]]:
    """Canonical tables of all centres, columns in schema order, values on each centre's own grid; the key (centre,
    patient_id) of each patient in the order drawn; and the grades that the laboratory values show."""
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
    maker = Maker(key, start, by_day, schema)
    source = np.where(people.spect_ct, "maa_spect_ct", "maa_spect")
    labs, graded = lab_rows(settings, maker, people, course, centre, rng)
    tables = {
        "patients": _patients(maker, people, course),
        "treatments": _treatments(maker, people, rng),
        "lesions": _lesions(maker, people),
        "dosimetry": _dosimetry(maker, people, source),
        "imaging": imaging_rows(settings, maker, people, course, rng),
        "assessments": _assessments(maker, course),
        "labs": labs,
        "adverse_events": _adverse_events(maker, course, rng),
        "therapies": _therapies(maker, people, course, rng),
        "follow_up": _follow_up(maker, course),
    }
    made = canonical(tables, schema, CENTRES)
    lung = _with_lung_dose(made, settings.number("mird_gy_kg_per_gbq"))
    made["dosimetry"] = _on_grid(lung, schema, "dosimetry", CENTRES)
    return made, key, graded


def canonical(tables: Mapping[str, pd.DataFrame], schema: Schema, styles: Sequence[Style]) -> Tables:
    """Every table of the schema: its columns in order and typed, rows by key, numbers on the grid of their centre.

    A table that is not given has no rows; a column that is not given is empty.
    """
    return {name: _on_grid(_ordered(tables.get(name), schema, name), schema, name, styles) for name in schema.tables}


def _patients(maker: Maker, people: Patients, course: Course) -> pd.DataFrame:
    everyone = np.arange(len(people.tad))
    order = [list(maker.schema.codelists["etiology"].codes).index(name) for name in ETIOLOGIES]
    listed = [ETIOLOGIES[i] for i in np.argsort(order)]
    causes = people.causes[:, np.argsort(order)]
    names = [MULTIPLE.join(name for name, flag in zip(listed, row, strict=True) if flag) for row in causes]
    ascites = np.array(["none", "slight", "moderate"])[people.points[:, 3] - 1]
    return maker.rows(everyone, {
        "sex": np.where(people.male, "male", "female"), "age_at_treatment": people.age, "diagnosis": "hcc",
        "etiology": names, "cirrhosis": yes(people.cirrhosis), "ecog": people.ecog.astype(str), "ascites": ascites,
        "encephalopathy": np.where(people.points[:, 4] > 1, "grade_1_2", "none"),
        "child_pugh_reported": people.child_pugh, "bclc_reported": people.bclc, "tumour_count": people.lesions,
        "bilobar": yes(people.bilobar),
        "tumour_replacement": 100 * (people.tumour_volume + people.gap_volume) / people.liver_volume,
        "extrahepatic_disease": "no", "prior_liver_therapy": "no", "dialysis": "no", "anticoagulation": "no",
        "height": people.height, "body_mass": people.body_mass,
    }, {"diagnosis_": -np.ceil(people.months_from_diagnosis * 30.4375)})  # fmt: skip


def _treatments(maker: Maker, people: Patients, rng: np.random.Generator) -> pd.DataFrame:
    n = len(people.tad)
    approach = np.where(people.segmental, "segmental", np.where(people.bilobar, "bilobar", "lobar"))
    ratio = people.tad / people.ntad
    return maker.rows(np.arange(n), {
        "treatment_number": 1, "device": "glass", "intent": people.intent, "approach": approach,
        "segments_perfused": people.segments, "activity": people.activity, "residual_fraction": people.residual,
        "lung_shunt_fraction": people.lung_shunt, "lung_mass": people.lung_mass, "sphere_age": people.sphere_age,
        "tumour_normal_ratio": np.where(ratio <= 100, np.round(ratio, 2), np.nan),
    }, {"": np.zeros(n), "maa_": -rng.integers(6, 22, n).astype(float)})  # fmt: skip


def _lesions(maker: Maker, people: Patients) -> pd.DataFrame:
    patient, lesion = np.nonzero(~np.isnan(people.diameters))
    side = np.where(people.right, "right", "left")[patient]
    other = np.where(side == "right", "left", "right")
    return maker.rows(patient, {
        "lesion_id": lesion_names(lesion), "role": np.where(people.targets[patient, lesion], "target", "non_target"),
        "lobe": np.where((lesion > 0) & people.bilobar[patient], other, side), "organ": "liver", "perfused": "yes",
    }, {})  # fmt: skip


def _dosimetry(maker: Maker, people: Patients, source: np.ndarray) -> pd.DataFrame:
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
        maker.rows(patient, {"treatment_number": 1, "lesion_id": lesion_names(lesion), "compartment": "lesion",
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


def _assessments(maker: Maker, course: Course) -> pd.DataFrame:
    frames = []
    n = len(course.end)
    for criterion, whole in course.best.whole.items():
        categories = course.shown.category[criterion]
        patient, visit = np.nonzero(categories != "")
        frames.append(maker.rows(patient, {
            "lesion_id": None, "visit": np.array(VISITS)[visit], "criterion": criterion,
            "response": categories[patient, visit],
        }, {"": course.scan_day[patient, visit]}))  # fmt: skip
        at = np.where(course.best.downgraded, (~np.isnan(course.scan_day[:, 1:])).argmax(axis=1) + 1, course.best_visit)
        day = np.where(course.best_visit > 0, course.scan_day[np.arange(n), at], np.nan)
        frames.append(maker.rows(np.arange(n), {
            "lesion_id": None, "visit": "best", "criterion": criterion, "response": whole,
        }, {"": day}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _adverse_events(maker: Maker, course: Course, rng: np.random.Generator) -> pd.DataFrame:
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


def _therapies(maker: Maker, people: Patients, course: Course, rng: np.random.Generator) -> pd.DataFrame:
    """Sorafenib before treatment, chemoembolisation before a response, sorafenib after progression; by day."""
    diagnosed = np.ceil(people.months_from_diagnosis * 30.4375)
    began = -np.maximum(np.floor(diagnosed * rng.uniform(0.3, 0.9, len(diagnosed))), 1.0)
    days = (np.where(people.prior_sorafenib, began, np.nan), course.switch_day, course.systemic_day)
    earlier = np.zeros(len(diagnosed), dtype=np.int64)
    frames = []
    for day, (therapy, agent) in zip(days, (_SORAFENIB, ("tace", None), _SORAFENIB), strict=True):
        given = np.flatnonzero(~np.isnan(day))
        earlier[given] += 1
        columns = {"therapy_number": earlier[given], "therapy": therapy, "agent": agent}
        frames.append(maker.rows(given, columns, {"": day[given]}))
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def _follow_up(maker: Maker, course: Course) -> pd.DataFrame:
    n = len(course.end)
    everyone = np.arange(n)
    frames = [
        maker.rows(everyone, {"event": event, "occurrence": yes(~np.isnan(day)),
                              "cause": where(course.cause != "", course.cause) if event == "death" else None},
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


def _on_grid(frame: pd.DataFrame, schema: Schema, name: str, centres: Sequence[Style]) -> pd.DataFrame:
    """Every number on its centre's grid: decimals in the centre's unit, converted back exactly."""
    styles = {style.name: style for style in centres}
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
    made = np.full(len(values), np.nan)
    known = ~np.isnan(values)
    steps, inverse = np.unique(_steps(values[known], scale, digits), return_inverse=True)
    exact = [float(Decimal(int(step)).scaleb(-digits) * scale) for step in steps]
    made[known] = np.asarray(exact, dtype=np.float64)[inverse]
    return made


def _steps(values: Floats, scale: Decimal, digits: int) -> Floats:
    """How many units of the last digit `raw_text` writes; decimal arithmetic only where a double might round apart."""
    steps = values / float(scale) * 10.0**digits
    whole = np.rint(steps)
    doubt = np.abs(np.abs(steps - whole) - 0.5) < 1e-9 * np.maximum(1.0, np.abs(steps))
    whole[doubt] = [float(Decimal(raw_text(v, scale, digits)).scaleb(digits)) for v in values[doubt]]
    return np.asarray(whole, dtype=np.float64)


def raw_text(value: float, scale: Decimal, digits: int) -> str:
    """The decimal text of a canonical value in a unit, `digits` decimals, trailing zeros kept."""
    return str((Decimal(repr(float(value))) / scale).quantize(Decimal(1).scaleb(-digits)))
