"""truth/derived of the model `lesion_response`: what the analysis must find, as drawn, with the row it stands in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.simulate.derived import COLUMNS, KEY, NUMBERS, PROVENANCE
from y90outcomes.simulate.lesion_centre import SCAN_VISITS
from y90outcomes.simulate.lesion_lesions import Lesions
from y90outcomes.simulate.lesion_people import REASONS, People
from y90outcomes.simulate.lesion_samples import Samples
from y90outcomes.simulate.lesion_tables import events_of
from y90outcomes.simulate.patients import Flags
from y90outcomes.simulate.rows import lesion_names, where, yes
from y90outcomes.simulate.truth import Tables


def derived_truth(
    people: People, lesions: Lesions, samples: Samples, patients: pd.DataFrame, tables: Tables
) -> pd.DataFrame:
    """One line per value, in the columns of `derived.COLUMNS`; `patients` holds the keys in the order drawn.

    - `reason`: eligible, or why not.
    - `choi` at the follow-up scan, of each lesion and of the patient.
    - `grade_<analyte>_5_0`: worst grade of the later samples, of those with a first and a later one.
    - `death`, `progression`, `hepatic_progression`, `last_contact`: yes or no, and the day; nothing of those without
      follow-up.
    """
    imaging = tables["imaging"].fillna({"lesion_id": ""})
    made = [patients.assign(variable="reason", value=np.array(REASONS)[people.reason])]
    scan = imaging[imaging["visit"] == SCAN_VISITS[1]]
    of_patient = patients.assign(variable="choi", value=lesions.whole, lesion_id="", visit=SCAN_VISITS[1],
                                 day=lesions.scan_day)  # fmt: skip
    of_lesion = patients.iloc[lesions.patient].reset_index(drop=True).assign(
        variable="choi", value=lesions.category, lesion_id=lesion_names(lesions.number), visit=SCAN_VISITS[1],
        day=lesions.scan_day[lesions.patient],
    )  # fmt: skip
    for frame in (of_patient, of_lesion):
        made.append(_located(frame[frame["value"] != ""], scan, "imaging", [*KEY, "lesion_id"]))
    for analyte, grade in samples.grade.items():
        graded: Flags = (grade[:, 0] >= 0) & (grade[:, 1:] >= 0).any(axis=1)
        worst = grade[:, 1:].max(axis=1)
        shown = patients.assign(variable=f"grade_{analyte}_5_0", value=worst.astype(str), number=worst.astype(float))
        made.append(shown[graded])
    followed = people.reason != 4
    for event, day in events_of(people):
        found = patients.assign(variable=event, value=where(followed, yes(~np.isnan(day))), day=day)[followed]
        rows = tables["follow_up"]
        made.append(_located(found, rows[rows["event"] == event], "follow_up", KEY))
    whole = pd.concat(made, ignore_index=True).reindex(columns=list(COLUMNS))
    text = [name for name in COLUMNS if name not in NUMBERS]
    whole[text] = whole[text].fillna("").astype("string")
    whole = whole.astype({"number": "float64", "day": "float64", "source_row": "Int64"})
    return whole.sort_values([*KEY, "variable", "lesion_id", "visit"], kind="stable", ignore_index=True)


def _located(frame: pd.DataFrame, rows: pd.DataFrame, table: str, on: list[str]) -> pd.DataFrame:
    """`frame` with where its row of `table` stands."""
    return frame.merge(rows[[*on, *PROVENANCE]], on=on, how="left").assign(source_table=table)
