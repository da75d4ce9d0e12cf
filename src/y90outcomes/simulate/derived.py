"""truth/derived: what the analysis must find, drawn before any measurement, with the row it stands in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.simulate.course import VISITS, Course
from y90outcomes.simulate.truth import LAB_VISITS, TARGETS, Tables

COLUMNS = ("centre", "patient_id", "lesion_id", "visit", "variable", "value", "number", "day", "source_table",
           "source_file", "source_sheet", "source_row")  # fmt: skip
KEY = ["centre", "patient_id"]
PROVENANCE = ["source_file", "source_sheet", "source_row"]


def derived_truth(course: Course, patients: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """One line per value: subject, lesion ("" for the patient), visit ("" for none), variable, value as text, number.

    `patients` holds the keys in the order drawn.
    Variables: `<criterion>` at a visit and `<criterion>_best` for mrecist, recist_1_1 and easl, of the patient (all
    lesions) and of each target lesion (its own, without new lesions); choi at a visit for patients scanned by CT;
    `grade_bilirubin` and `grade_lymphocytes` (emergent, worst within 90 days, and at the visit that shows it);
    `afp_response_20`, `afp_response_200`; `death`, `progression`, `end`, with the day from treatment.
    """
    frames = [
        *_responses(course, patients, tables),
        *_grades(course, patients, tables),
        *_events(course, patients, tables),
    ]
    whole = pd.concat(frames, ignore_index=True)
    for name in COLUMNS:
        if name not in whole:
            whole[name] = None
    whole = whole[list(COLUMNS)]
    text = [
        "centre",
        "patient_id",
        "lesion_id",
        "visit",
        "variable",
        "value",
        "source_table",
        "source_file",
        "source_sheet",
    ]
    whole[text] = whole[text].fillna("").astype("string")
    whole = whole.astype({"number": "float64", "day": "float64", "source_row": "Int64"})
    return whole.sort_values([*KEY, "variable", "lesion_id", "visit"], kind="stable", ignore_index=True)


def _located(frame: pd.DataFrame, table: str, rows: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """`frame` with where the deciding row of `table` stands."""
    known = rows[[*on, *PROVENANCE]].fillna({"lesion_id": ""} if "lesion_id" in on else {}).drop_duplicates(on)
    return frame.merge(known, on=on, how="left").assign(source_table=table)


def _responses(course: Course, patients: pd.DataFrame, tables: Tables) -> list[pd.DataFrame]:
    imaging = tables["imaging"].fillna({"lesion_id": ""})
    order = [*KEY, "lesion_id", "visit"]
    names = {"mrecist": "mrecist", "recist_1_1": "recist_1_1"}
    visits = np.array(VISITS)
    frames = []
    targets = tables["lesions"]
    targets = targets[targets["role"] == "target"]
    number = targets["lesion_id"].str.removeprefix("L").astype(int)
    targets = targets[number <= TARGETS]
    for criterion, name in names.items():
        patient, visit = np.nonzero(course.category[criterion] != "")
        made = patients.iloc[patient].assign(visit=visits[visit], value=course.category[criterion][patient, visit],
                                             day=course.scan_day[patient, visit], lesion_id="")  # fmt: skip
        also = ["easl"] if criterion == "mrecist" else []
        frames += [_located(made.assign(variable=word), "imaging", imaging, order) for word in (name, *also)]
        own = patients.iloc[patient].assign(visit=visits[visit], day=course.scan_day[patient, visit],
                                            value=course.target_category[criterion][patient, visit])  # fmt: skip
        lesions = own.merge(targets[[*KEY, "lesion_id"]], on=KEY)
        frames += [_located(lesions.assign(variable=word), "imaging", imaging, order) for word in (name, *also)]
        best = patients.assign(value=course.best[criterion], variable=f"{name}_best", visit="best", lesion_id="")
        of_target = patients.assign(
            value=course.best_target[criterion], variable=f"{name}_best", visit="best", lesion_id="L1"
        )
        assessed = tables["assessments"]
        assessed = assessed[assessed["criterion"] == criterion].fillna({"lesion_id": ""})
        frames += [_located(best, "assessments", assessed, order), of_target]
    frames.append(_choi(course, patients, imaging, order))
    return frames


def _choi(course: Course, patients: pd.DataFrame, imaging: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Choi categories where attenuation was measured: a fall in attenuation goes with every mRECIST response."""
    patient, visit = np.nonzero((course.category["mrecist"] != "") & course.ct[:, None])
    viable = course.target_category["mrecist"][patient, visit]
    gone = course.target_category["recist_1_1"][patient, visit] == "CR"
    responded = np.isin(viable, ("CR", "PR"))
    overall = course.category["mrecist"][patient, visit]
    value = np.where(overall == "PD", "PD", np.where(gone, "CR", np.where(responded, "PR", "SD")))
    made = patients.iloc[patient].assign(visit=np.array(VISITS)[visit], value=value, variable="choi",
                                         day=course.scan_day[patient, visit], lesion_id="")  # fmt: skip
    return _located(made, "imaging", imaging, order)


def _grades(course: Course, patients: pd.DataFrame, tables: Tables) -> list[pd.DataFrame]:
    labs = tables["labs"]
    frames = []
    everyone = np.arange(len(patients))
    for k, (analyte, grade) in enumerate(
        (("bilirubin", course.bilirubin_grade), ("lymphocytes", course.lymphocyte_grade))
    ):
        at = course.onset[:, k]
        made = patients.assign(variable=f"grade_{analyte}", number=grade.astype(float), value=grade.astype(str),
                               lesion_id="",
                               visit=np.where(grade > 0, np.array(LAB_VISITS)[at], ""),
                               day=np.where(grade > 0, course.lab_day[everyone, at], np.nan))  # fmt: skip
        frames.append(_located(made, "labs", labs[labs["analyte"] == analyte], [*KEY, "visit"]))
    for name, flags, lowest in (
        ("afp_response_20", course.afp_response_20, 1),
        ("afp_response_200", course.afp_response_200, 2),
    ):
        among = course.afp_band >= lowest
        made = patients[among].assign(
            variable=name, value=np.where(flags[among], "yes", "no"), lesion_id="", visit="day_90"
        )
        frames.append(_located(made, "labs", labs[labs["analyte"] == "afp"], [*KEY, "visit"]))
    return frames


def _events(course: Course, patients: pd.DataFrame, tables: Tables) -> list[pd.DataFrame]:
    rows = tables["follow_up"]
    frames = []
    for name, event, day in (("death", "death", course.death), ("progression", "progression", course.progression),
                             ("end", "last_contact", course.end)):  # fmt: skip
        value = np.where(np.isnan(day), "no", "yes")
        made = patients.assign(variable=name, value=value, day=day, lesion_id="", visit="")
        frames.append(_located(made, "follow_up", rows[rows["event"] == event], KEY))
    return frames
