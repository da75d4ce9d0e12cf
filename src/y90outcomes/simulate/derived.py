"""truth/derived: what the analysis must find, drawn before any measurement, with the row it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from y90outcomes.simulate.course import VISITS, Course
from y90outcomes.simulate.grades import LAB_VISITS, Graded
from y90outcomes.simulate.patients import Floats, Ints, Patients, Words
from y90outcomes.simulate.responses import OF_LESION, OF_PATIENT
from y90outcomes.simulate.truth import Tables

COLUMNS = ("centre", "patient_id", "lesion_id", "visit", "variable", "value", "number", "day", "source_table",
           "source_file", "source_sheet", "source_row")  # fmt: skip
NUMBERS = ("number", "day", "source_row")
KEY = ["centre", "patient_id"]
PROVENANCE = ["source_file", "source_sheet", "source_row"]


def derived_truth(
    people: Patients, course: Course, graded: Mapping[str, Graded], patients: pd.DataFrame, tables: Tables
) -> pd.DataFrame:
    """One line per value: subject, lesion ("" for the patient), visit ("" for none), variable, value as text, number,
    day from treatment, and the row that decides (table, file, sheet, row; empty for a value no single row shows).

    `patients` holds the keys in the order drawn. Variables:

    - `<criterion>` at a follow-up scan, for mrecist, recist_1_1, easl, choi of the patient and of each target lesion
      (its own measurements alone), and localised_mrecist of the patient. The row is the imaging row of the whole
      patient, or of the lesion. Choi by MRI is by size alone and the same. RECIST 1.1, EASL and Choi do not look at the
      thrombus; one left enhancing beside complete targets is partial for mRECIST and localised mRECIST. A non-target
      lesion left is partial for all. A new lesion outside the liver does not count for localised mRECIST.
    - `<criterion>_best`, visit "best": of assessments from treatment to the first progression and before any later
      therapy. The day and row are those of the first visit that shows it. Stable disease counts from day 42, else NE;
      NE has no day and no row. A lesion's best ignores progression that is not its own. A scan that was not read is
      NE under every criterion.
    - `grade_<analyte>_visit` at every sample: grade of CTCAE 4.03; `grade_<analyte>_visit_5_0`: of CTCAE 5.0, which
      counts bilirubin, AST, ALT, ALP and GGT from a baseline that is abnormal (the baseline itself is then 0).
    - `grade_<analyte>`, `grade_<analyte>_5_0`: worst grade above the baseline's at days 0 to 90, with the visit, day
      and row that show it first; 0, without them, where none is; value "not_assessed" and no number without a later
      sample.
    - `child_pugh` points as drawn (a sum over laboratory values and the patient's row, which is named); `pvtt_class` at
      baseline.
    - `afp_response_20`, `afp_response_200`: yes or no, of those from 20 and 200 ng/mL.
    - `death`, `progression`, `end`, `later_therapy` (the first after treatment): yes or no, and the day.
    """
    frames = [*_responses(course, patients, tables), *_grades(course, graded, patients, tables),
              *_afp(course, patients, tables), *_baseline(people, patients, tables),
              *_events(people, course, patients, tables)]  # fmt: skip
    whole = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    whole = whole.reindex(columns=list(COLUMNS))
    text = [name for name in COLUMNS if name not in NUMBERS]
    whole[text] = whole[text].fillna("").astype("string")
    whole = whole.astype({"number": "float64", "day": "float64", "source_row": "Int64"})
    none = (whole["source_row"] == 0) | (whole["source_row"].isna())
    whole.loc[none & (whole["source_file"] == ""), "source_table"] = ""
    return whole.sort_values([*KEY, "variable", "lesion_id", "visit"], kind="stable", ignore_index=True)


def _located(frame: pd.DataFrame, table: str, rows: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """`frame` with where the deciding row of `table` stands."""
    known = rows[[*on, *PROVENANCE]].fillna({"lesion_id": ""} if "lesion_id" in on else {}).drop_duplicates(on)
    return frame.merge(known, on=on, how="left").assign(source_table=table)


def _responses(course: Course, patients: pd.DataFrame, tables: Tables) -> Iterator[pd.DataFrame]:
    imaging = tables["imaging"].fillna({"lesion_id": ""})
    targets = tables["lesions"]
    targets = targets[targets["role"] == "target"][[*KEY, "lesion_id"]]
    shown = course.shown
    order = [*KEY, "lesion_id", "visit"]
    for name in OF_PATIENT:
        made = _by_visit(name, shown.category[name], course.scan_day, patients)
        yield _located(made.assign(lesion_id=""), "imaging", imaging, order)
        made = _best(name, shown.best[name], shown.best_at[name], course.scan_day, patients)
        yield _of_best(made.assign(lesion_id=""), imaging)
    for name in OF_LESION:
        made = _by_visit(name, shown.target[name], course.scan_day, patients)
        yield _located(made.merge(targets, on=KEY), "imaging", imaging, order)
        made = _best(name, shown.best_target[name], shown.best_target_at[name], course.scan_day, patients)
        yield _of_best(made.merge(targets, on=KEY), imaging)


def _by_visit(name: str, values: Words, days: Floats, patients: pd.DataFrame) -> pd.DataFrame:
    patient, visit = np.nonzero(values != "")
    return patients.iloc[patient].assign(
        variable=name, visit=np.array(VISITS)[visit], value=values[patient, visit], day=days[patient, visit]
    )


def _best(name: str, values: Words, at: Ints, days: Floats, patients: pd.DataFrame) -> pd.DataFrame:
    """`visit` is still the one that shows it, "" for none."""
    day = np.where(at > 0, days[np.arange(len(at)), at], np.nan)
    visit = np.where(at > 0, np.array(VISITS)[at], "")
    return patients.assign(variable=f"{name}_best", value=values, visit=visit, day=day)


def _of_best(made: pd.DataFrame, imaging: pd.DataFrame) -> pd.DataFrame:
    return _located(made, "imaging", imaging, [*KEY, "lesion_id", "visit"]).assign(visit="best")


def _grades(
    course: Course, graded: Mapping[str, Graded], patients: pd.DataFrame, tables: Tables
) -> Iterator[pd.DataFrame]:
    labs = tables["labs"]
    everyone = np.arange(len(patients))
    for analyte, found in graded.items():
        rows = labs[labs["analyte"] == analyte]
        for k, (suffix, grades) in enumerate((("", found.grade), ("_5_0", found.grade_5))):
            patient, visit = np.nonzero(grades >= 0)
            own = grades[patient, visit]
            made = patients.iloc[patient].assign(
                variable=f"grade_{analyte}_visit{suffix}", visit=np.array(LAB_VISITS)[visit], value=own.astype(str),
                number=own.astype(float), day=course.lab_day[patient, visit],
            )  # fmt: skip
            yield _located(made, "labs", rows, [*KEY, "visit"])
            worst, at = found.worst[:, k], found.worst_at[:, k]
            made = patients.assign(
                variable=f"grade_{analyte}{suffix}", number=np.where(worst >= 0, worst, np.nan),
                value=np.where(worst >= 0, worst.astype(str), "not_assessed"),
                visit=np.where(at > 0, np.array(LAB_VISITS)[at], ""),
                day=np.where(at > 0, course.lab_day[everyone, at], np.nan),
            )  # fmt: skip
            yield _located(made, "labs", rows, [*KEY, "visit"])


def _afp(course: Course, patients: pd.DataFrame, tables: Tables) -> Iterator[pd.DataFrame]:
    labs = tables["labs"]
    for name, flags, lowest in (
        ("afp_response_20", course.afp_response_20, 1),
        ("afp_response_200", course.afp_response_200, 2),
    ):
        among = course.afp_band >= lowest
        made = patients[among].assign(
            variable=name, value=np.where(flags[among], "yes", "no"), visit="day_90", day=course.lab_day[among, 2]
        )
        yield _located(made, "labs", labs[labs["analyte"] == "afp"], [*KEY, "visit"])


def _baseline(people: Patients, patients: pd.DataFrame, tables: Tables) -> Iterator[pd.DataFrame]:
    points = patients.assign(variable="child_pugh", value=people.child_pugh.astype(str),
                             number=people.child_pugh.astype(float))  # fmt: skip
    yield _located(points, "patients", tables["patients"], KEY)
    first = tables["imaging"]
    first = first[first["lesion_id"].isna() & (first["visit"] == "baseline")]
    thrombus = patients.merge(first[[*KEY, "pvtt_class"]], on=KEY).rename(columns={"pvtt_class": "value"})
    yield _located(thrombus.assign(variable="pvtt_class", visit="baseline"), "imaging", first, [*KEY, "visit"])


def _events(people: Patients, course: Course, patients: pd.DataFrame, tables: Tables) -> Iterator[pd.DataFrame]:
    rows = tables["follow_up"]
    for name, event, day in (("death", "death", course.death), ("progression", "progression", course.progression),
                             ("end", "last_contact", course.end)):  # fmt: skip
        made = patients.assign(variable=name, value=np.where(np.isnan(day), "no", "yes"), day=day)
        yield _located(made, "follow_up", rows[rows["event"] == event], KEY)
    day = np.fmin(course.switch_day, course.systemic_day)
    made = patients.assign(variable="later_therapy", value=np.where(np.isnan(day), "no", "yes"), day=day)
    prior = patients[people.prior_sorafenib].assign(prior=1)
    later = tables["therapies"].merge(prior, on=KEY, how="left")
    later = later[later["therapy_number"] == 1 + later["prior"].fillna(0)]
    yield _located(made[~np.isnan(day)], "therapies", later, KEY)
    yield made[np.isnan(day)]
