"""Documented faults: what real registries get wrong, planted on purpose, each under the rule that must find it.

Each function plants one fault in `Work` and says which cells it touched. A patient carries one fault at most, so that
each is found, or missed, for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.schema import Schema
from y90outcomes.simulate.centres import Style
from y90outcomes.simulate.planting import PATIENT, Fault, Touch, Work, cell, only
from y90outcomes.simulate.sheets import Sheet, build_sheets
from y90outcomes.simulate.truth import Tables

FAULT_COLUMNS = ("fault", "centre", "file", "row", "table", "column", "rule")

Planter = Callable[[Work], "Fault | None"]


def plant(
    styles: Sequence[Style], tables: Tables, schema: Schema, rng: np.random.Generator, each: int
) -> tuple[Tables, dict[str, list[Sheet]], list[Fault]]:
    """Dirty tables, their raw sheets and the faults planted: `each` of a kind, the whole-column ones once.

    A kind that finds no fitting patient left is planted fewer times; faults.csv says what was planted.
    """
    work = Work(
        {name: frame.copy() for name, frame in tables.items()}, tables, {s.name: s for s in styles}, schema, rng
    )
    found: list[Fault] = []
    for planter in COLUMNS:
        found += [fault for fault in [planter(work)] if fault is not None]
    for planter in VALUES:
        found += [fault for fault in (planter(work) for _ in range(each)) if fault is not None]
    work.sheets = {style.name: build_sheets(style, work.tables, schema) for style in styles}
    for planter in CELLS:
        found += [fault for fault in (planter(work) for _ in range(each)) if fault is not None]
    return work.tables, work.sheets, found


def _impossible_age(work: Work) -> Fault | None:
    frame: Any = work.clean["patients"]
    return only(work, "impossible_age", "out_of_bounds", "patients", frame["age_at_treatment"] > 0,
                 lambda i: [work.put("patients", i, "age_at_treatment", 266.0)])  # fmt: skip


def _diagnosis_late(work: Work) -> Fault | None:
    frame: Any = work.clean["patients"]
    return only(work, "diagnosis_after_treatment", "date_order", "patients", frame["sex"].notna(),
                 lambda i: [work.move("patients", i, 40, "diagnosis_")])  # fmt: skip


def _no_date_of_death(work: Work) -> Fault | None:
    frame: Any = work.clean["follow_up"]
    column = {True: "date", False: "day"}
    return only(work, "death_without_date", "undated_event", "follow_up",
                 (frame["event"] == "death") & (frame["occurrence"] == "yes"),
                 lambda i: [work.put("follow_up", i, column[bool(work.styles[frame.loc[i, "centre"]].dates)],
                                     None)])  # fmt: skip


def _scan_after_death(work: Work) -> Fault | None:
    death = work.event_day("imaging", "death")
    frame: Any = work.clean["imaging"]
    late = (death < 300) & (frame["visit"] != "baseline")
    return only(work, "scan_after_death", "after_death", "imaging", late,
                 lambda i: [work.move("imaging", i, float(death[i]) + 12)])  # fmt: skip


def _year_slip(work: Work) -> Fault | None:
    """The sample of day 90 dated a year on."""
    frame: Any = work.clean["labs"]
    days, end = work.days("labs"), work.event_day("labs", "last_contact")
    fits = (frame["visit"] == "day_90") & (end > days + 400)

    def change(i: int) -> list[Touch]:
        row: Any = frame.loc[i]
        visit = work.of_patient("labs", row["centre"], row["patient_id"])
        visit = visit[visit["visit"] == "day_90"]
        return [work.move("labs", int(j), float(days[j]) + 365) for j in visit.index]

    return only(work, "year_slip", "outside_window", "labs", fits, change)


def _empty_response(work: Work) -> Fault | None:
    frame: Any = work.clean["assessments"]
    long = frame["centre"].map(lambda name: work.styles[name].layout == "long")
    return only(work, "response_left_out", "required_missing", "assessments", long & (frame["visit"] != "best"),
                 lambda i: [work.put("assessments", i, "response", None)])  # fmt: skip


def _unknown_patient(work: Work) -> Fault | None:
    frame: Any = work.clean["imaging"]
    later = frame["lesion_id"].isna() & (frame["visit"] != "baseline")
    return only(work, "unknown_patient", "orphan", "imaging", later,
                 lambda i: [work.put("imaging", i, "patient_id", f"{frame.loc[i, 'patient_id']}9")])  # fmt: skip


def _volumes_do_not_fit(work: Work) -> Fault | None:
    """Normal perfused volume beyond the perfused liver."""
    frame: Any = work.clean["dosimetry"]
    fits = (frame["compartment"] == "normal_perfused") & (frame["volume"] < 2000)
    return only(work, "normal_above_perfused", "volume_sum", "dosimetry", fits,
                 lambda i: [work.put("dosimetry", i, "volume", frame.loc[i, "volume"] * 2.5 + 300)])  # fmt: skip


def _activity_typed_wrong(work: Work) -> Fault | None:
    frame: Any = work.clean["treatments"]
    return only(work, "activity_typed_wrong", "dose_activity", "treatments", frame["activity"] < 9,
                 lambda i: [work.put("treatments", i, "activity", frame.loc[i, "activity"] * 3)])  # fmt: skip


def _viable_above_longest(work: Work) -> Fault | None:
    frame: Any = work.clean["imaging"]
    fits = (frame["longest_diameter"] > 30) & (frame["viable_diameter"] > 20) & (frame["visit"] == "baseline")
    return only(work, "viable_above_longest", "size_order", "imaging", fits,
                 lambda i: [work.put("imaging", i, "viable_diameter",
                                     frame.loc[i, "longest_diameter"] * 1.4)])  # fmt: skip


def _same_person_twice(work: Work) -> Fault | None:
    """One patient entered twice in a centre, under a second pseudonym."""
    frame: Any = work.clean["patients"]
    chosen = work.pick("patients", frame["sex"].notna())
    if not chosen:
        return None
    row = frame.loc[chosen[0]]
    return _entered_again(work, "same_person_twice", "duplicate_patient", chosen[0], str(row["centre"]))


def _same_person_elsewhere(work: Work) -> Fault | None:
    """One patient reported by two centres that write activity, dose and dates alike."""
    frame: Any = work.clean["patients"]
    alike = [name for name, style in work.styles.items() if style.dates and style.unit("activity") == ("GBq", 2)
             and style.unit("dose") == ("Gy", 2)]  # fmt: skip
    chosen = work.pick("patients", frame["centre"].isin(alike))
    if not chosen:
        return None
    home = str(frame.loc[chosen[0], "centre"])
    other = alike[(alike.index(home) + 1) % len(alike)]
    return _entered_again(work, "same_person_elsewhere", "shared_patient", chosen[0], other)


def _entered_again(work: Work, name: str, rule: str, label: int, centre: str) -> Fault:
    row: Any = work.clean["patients"].loc[label]
    home, patient = str(row["centre"]), str(row["patient_id"])
    number = 900 + sum(1 for key in work.used if key[0] == centre)
    again = work.styles[centre].ids.format(number)
    work.used.add((centre, again))
    touches = [Touch("patients", "patient_id", label, centre=home)]
    for table in ("patients", "treatments"):
        rows = work.of_patient(table, home, patient).assign(centre=centre, patient_id=again)
        labels = work.append(table, rows)
        touches += [Touch(table, "patient_id", i) for i in labels if table == "patients"]
    return Fault(name, rule, centre, tuple(touches))


def _copied_sample(work: Work) -> Fault | None:
    """One patient's values of a visit standing under another patient of the centre."""
    frame: Any = work.clean["labs"]
    first = work.pick("labs", frame["visit"] == "day_42")
    if not first:
        return None
    centre = str(frame.loc[first[0], "centre"])
    second = work.pick("labs", (frame["visit"] == "day_42") & (frame["centre"] == centre))
    if not second:
        return None
    parts = []
    for label in (first[0], second[0]):
        rows = work.of_patient("labs", centre, str(frame.loc[label, "patient_id"]))
        parts.append(rows[rows["visit"] == "day_42"])
    source = work.tables["labs"].loc[parts[0].index].set_index("analyte")["value"]  # as its centre now writes it
    touches = [work.put("labs", int(str(i)), "value", float(source[str(a)])) for i, a in parts[1]["analyte"].items()]
    touches += [Touch("labs", "value", int(i)) for i in parts[0].index]
    return Fault("copied_sample", "copied_rows", centre, tuple(touches))


def _wrong_unit_of_centre(work: Work) -> Fault | None:
    """A centre's bilirubin in µmol/L under a heading that says mg/dL."""
    labs: Any = work.clean["labs"]
    chosen = labs[labs["analyte"] == "bilirubin"]
    count = chosen.groupby("centre").size()
    fits = [
        name for name, style in work.styles.items() if style.unit("bilirubin")[0] == "mg/dL" and count.get(name, 0) >= 8
    ]
    if not fits:
        return None
    centre = str(work.rng.choice(fits))
    touches = [Touch("labs", "value")]
    for label, value in chosen.loc[chosen["centre"] == centre, "value"].items():
        touches.append(work.put("labs", int(str(label)), "value", float(value) * 17.104))
    return Fault("wrong_unit_of_centre", "unit_suspect", centre, tuple(touches))


def _rounded_to_five(work: Work) -> Fault | None:
    """A centre that reads diameters to 5 mm and writes them to 1 mm."""
    frame: Any = work.clean["imaging"]
    chosen = frame[frame["longest_diameter"] > 0]
    count = chosen.groupby("centre").size()
    fits = [
        name for name, style in work.styles.items() if style.unit("length") == ("mm", 0) and count.get(name, 0) >= 40
    ]
    if not fits:
        return None
    centre = str(work.rng.choice(fits))
    touches = [Touch("imaging", "longest_diameter")]
    for label, value in chosen.loc[chosen["centre"] == centre, "longest_diameter"].items():
        touches.append(work.put("imaging", int(str(label)), "longest_diameter", float(np.ceil(value / 5) * 5)))
    return Fault("rounded_to_five", "digit_preference", centre, tuple(touches))


def _unlisted_code(work: Work) -> Fault | None:
    frame: Any = work.clean["patients"]
    return cell(work, "unlisted_code", "unmapped_code", "patients", "sex", frame["sex"].notna(), lambda *_: "X")


def _thirtieth_of_february(work: Work) -> Fault | None:
    def text(style: Style, cell: str, row: pd.Series) -> str:
        year = row["diagnosis_date"].year
        return style.dates.replace("%d", "30").replace("%m", "02").replace("%Y", f"{year:04d}")

    frame: Any = work.clean["patients"]
    return cell(work, "thirtieth_of_february", "bad_date", "patients", "diagnosis_date", frame["sex"].notna(), text)


def _words_for_a_number(work: Work) -> Fault | None:
    frame: Any = work.clean["treatments"]
    return cell(work, "words_for_a_number", "bad_number", "treatments", "activity", frame["activity"] > 0,
                 lambda style, cell, _row: f"ca {cell}")  # fmt: skip


def _lost_key(work: Work) -> Fault | None:
    frame: Any = work.clean["imaging"]
    later = frame["lesion_id"].isna() & (frame["visit"] != "baseline")
    return cell(work, "lost_key", "missing_key", "imaging", "patient_id", later, lambda *_: "")


def _one_cell_in_another_unit(work: Work) -> Fault | None:
    """One bilirubin in mg/dL in a column of µmol/L, between two ordinary values of the same patient."""
    frame: Any = work.clean["labs"]
    bilirubin = frame[frame["analyte"] == "bilirubin"]
    grouped = bilirubin.groupby(PATIENT)["value"]
    steady = (grouped.transform("size") == 3) & (grouped.transform("max") < 18) & (grouped.transform("min") > 10)
    si = bilirubin["centre"].map(lambda name: work.styles[name].unit("bilirubin")[0] == "µmol/L")
    fits = pd.Series(False, index=frame.index)
    fits[bilirubin.index[steady & si & (bilirubin["visit"] == "day_42")]] = True
    return cell(work, "one_cell_in_another_unit", "cell_unit", "labs", "value", fits,
                 lambda style, _cell, row: f"{row['value'] / 17.104:.2f}".replace(".", style.decimal))  # fmt: skip


def _row_twice(work: Work) -> Fault | None:
    """A raw row that stands a second time at the end of its sheet."""
    frame: Any = work.clean["imaging"]
    chosen = work.pick("imaging", frame["lesion_id"].isna() & (frame["visit"] != "baseline"))
    if not chosen:
        return None
    label = chosen[0]
    centre = str(frame.loc[label, "centre"])
    sheet = next(sheet for sheet in work.sheets[centre] if sheet.name == "imaging")
    placed = sheet.placed[0]
    position = int(placed.rows[np.flatnonzero(placed.truth == label)[0]])
    sheet.frame = pd.concat([sheet.frame, sheet.frame.iloc[[position]]], ignore_index=True)
    touches = [
        touch
        for column in ("patient_id", "visit")
        for touch in (Touch("imaging", column, label),
                      Touch("imaging", column, sheet="imaging", position=len(sheet.frame) - 1))
    ]  # fmt: skip
    return Fault("row_twice", "duplicate_key", centre, tuple(touches))


COLUMNS: tuple[Planter, ...] = (_wrong_unit_of_centre, _rounded_to_five)
"""Faults of a whole column of a centre; each once."""

VALUES: tuple[Planter, ...] = (
    _impossible_age, _diagnosis_late, _no_date_of_death, _scan_after_death, _year_slip, _empty_response,
    _unknown_patient, _volumes_do_not_fit, _activity_typed_wrong, _viable_above_longest, _same_person_twice,
    _same_person_elsewhere, _copied_sample,
)  # fmt: skip
"""Faults of what was recorded."""

CELLS: tuple[Planter, ...] = (
    _unlisted_code, _thirtieth_of_february, _words_for_a_number, _lost_key, _one_cell_in_another_unit, _row_twice,
)  # fmt: skip
"""Faults of how it was written."""

DOCUMENTED: Mapping[str, str] = MappingProxyType({
    "impossible_age": "out_of_bounds", "diagnosis_after_treatment": "date_order", "death_without_date": "undated_event",
    "scan_after_death": "after_death", "year_slip": "outside_window", "response_left_out": "required_missing",
    "unknown_patient": "orphan", "normal_above_perfused": "volume_sum", "activity_typed_wrong": "dose_activity",
    "viable_above_longest": "size_order", "same_person_twice": "duplicate_patient",
    "same_person_elsewhere": "shared_patient", "copied_sample": "copied_rows", "unlisted_code": "unmapped_code",
    "thirtieth_of_february": "bad_date", "words_for_a_number": "bad_number", "lost_key": "missing_key",
    "one_cell_in_another_unit": "cell_unit", "row_twice": "duplicate_key", "wrong_unit_of_centre": "unit_suspect",
    "rounded_to_five": "digit_preference",
})  # fmt: skip
"""Fault -> the rule that finds it."""
