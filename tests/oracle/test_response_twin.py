"""Response a second way: one patient at a time, from the definitions, in exact fractions; thousands of random patients.

Shares nothing with the package but the tables it is given. Sources: Eisenhauer 2009 (RECIST 1.1), Lencioni and Llovet
2010 (mRECIST), Bruix 2001 (EASL), Choi 2007, Meerun 2022 (localised mRECIST with thrombus).
"""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from tests.fixtures.records import records_of

from y90outcomes.derivations.response import responses

VISITS = {"baseline": -7, "day_42": 42, "day_90": 90, "day_180": 180, "month_12": 365}
LATER = [visit for visit in VISITS if visit != "baseline"]
PATIENTS = 1000

Row = dict[str, Any]
Patient = dict[str, Any]


# --- random patients -------------------------------------------------------------------------------------------------


def draw(rng: random.Random) -> Patient:
    """Coarse sizes, so that sums fall on limits often; gaps, conflicts, new lesions, nodes, thrombus."""
    lesions = {}
    roles = rng.random() < 0.75
    for number in range(rng.randint(0, 4)):
        lesions[f"L{number + 1}"] = {
            "role": rng.choice(["target", "target", "target", "index", "non_target", ""]) if roles else "",
            "organ": rng.choice(["liver", "liver", "liver", "liver", "", "node", "lung"]),
            "perfused": rng.choice(["yes", "yes", "yes", "no", ""]),
        }
    rows: dict[tuple[str, str], Row] = {}
    there = [visit for visit in VISITS if visit == "baseline" or rng.random() < 0.7]
    modality = rng.choice(["ct", "ct", "mri", ""])
    clot = rng.random() < 0.4
    for visit in there:
        if visit != "baseline" and rng.random() < 0.93:
            rows[visit, ""] = {
                "new_lesion": rng.choice(["no"] * 12 + ["yes", "", "unknown"]),
                "new_lesion_organ": rng.choice(["", "liver", "lung"]),
                "nontarget_progression": rng.choice(["", "", "no", "no", "no", "no", "yes"]),
            }
        elif visit == "baseline":
            rows[visit, ""] = {}
        if (visit, "") in rows and clot:
            rows[visit, ""] |= {
                "pvtt_class": rng.choice(["none", "VP1", "VP2", "VP2", "VP3", ""]),
                "hvtt_class": rng.choice(["none", "none", "VV1", "VV2", ""]),
                "thrombus_enhancement": rng.choice(["yes", "no", "no", "unknown", ""]),
                "thrombus_width": rng.choice(["10", "10", "10", "12", "8", ""]),
                "thrombus_extension": rng.choice(["no", "no", "no", "yes", ""]),
            }
        for name, lesion in lesions.items():
            first = visit == "baseline"
            if rng.random() < (0.07 if not first else 0.12):
                continue
            if rng.random() < 0.25 and not first:
                size = 0.0
            else:
                size = rng.choice([8, 10, 15, 20, 20, 24, 25, 30, 30, 14, 7, 6, 5, 12.5, 17.5])
            viable = 0 if size == 0 else rng.choice([size, size, size, 10, 0, 5, 20 if size >= 20 else size])
            row: Row = {
                "modality": modality if rng.random() < 0.9 else "mri",
                "longest_diameter": size, "short_axis": rng.choice([size, 9, 10, 15, 20, 8]) if size else 0,
                "viable_diameter": viable, "viable_perpendicular": "" if not viable else rng.choice([viable, 10, 8]),
                "arterial_enhancement": rng.choice(["", "yes" if viable else "no"]),
                "attenuation": rng.choice([100, 100, 80, 85, 84, 120]) if size else "",
                "too_small": "",
            }  # fmt: skip
            if lesion["organ"] != "node":
                row["short_axis"] = ""
            for column in ("longest_diameter", "viable_diameter", "viable_perpendicular", "attenuation", "short_axis"):
                if rng.random() < 0.06:
                    row[column] = ""
            if rng.random() < 0.04:
                row["too_small"] = "yes"
            if rng.random() < 0.03:
                row["arterial_enhancement"] = rng.choice(["yes", "no"])
            rows[visit, name] = row
    if rng.random() < 0.3:
        draw_new(rng, lesions, rows, [visit for visit in there if visit != "baseline"])
    return {"lesions": lesions, "rows": rows}


def draw_new(rng: random.Random, lesions: dict[str, Any], rows: dict[tuple[str, str], Row], there: list[str]) -> None:
    """A lesion without a role that baseline does not show; the reader may have said yes, or nothing."""
    lesions["N1"] = {"role": "", "organ": rng.choice(["liver", "liver", "", "lung"]),
                     "perfused": rng.choice(["yes", "yes", "no", ""])}  # fmt: skip
    size = rng.choice([4, 8, 9, 10, 10.5, 12])
    for visit in there[rng.randint(0, len(there)) :]:
        rows[visit, "N1"] = {"modality": "ct", "longest_diameter": size, "viable_diameter": rng.choice([0, size, ""]),
                             "arterial_enhancement": rng.choice(["", "no"]), "too_small": ""}  # fmt: skip
        if (visit, "") in rows and rng.random() < 0.5:
            rows[visit, ""] |= {"new_lesion": "yes", "new_lesion_organ": lesions["N1"]["organ"]}
        size += rng.choice([0, 1, 9, 10])


# --- the definitions, slowly -----------------------------------------------------------------------------------------


def num(row: Row, column: str) -> Fraction | None:
    value = row.get(column, "")
    return None if value == "" else Fraction(str(value))


def size_of(row: Row, organ: str) -> Fraction | None:
    if organ == "node":
        value = num(row, "short_axis")
        if value is None and num(row, "longest_diameter") == 0:
            value = Fraction(0)
    else:
        value = num(row, "longest_diameter")
    if row.get("too_small") == "yes" and value in (None, 0):
        return Fraction(5)
    return value


def viable_of(row: Row) -> Fraction | None:
    value, word = num(row, "viable_diameter"), row.get("arterial_enhancement", "")
    if value is None:
        if word != "yes" and (word == "no" or num(row, "longest_diameter") == 0):
            return Fraction(0)
        return Fraction(5) if row.get("too_small") == "yes" else None
    if value == 0 and word == "yes":
        return Fraction(5) if row.get("too_small") == "yes" else None
    return value


def counts(row: Row, organ: str, criterion: str) -> Fraction | None:
    """What a lesion adds to the sum."""
    if criterion == "recist_1_1":
        return size_of(row, organ)
    if criterion == "choi":
        return size_of(row, "liver")
    if criterion == "easl":
        if organ not in ("", "liver"):
            return None
        value = viable_of(row)
        if value is None:
            return None
        if value == 0:
            return Fraction(0)
        across = num(row, "viable_perpendicular")
        if across is None and num(row, "viable_diameter") is None:
            across = Fraction(5)
        return None if across in (None, 0) else value * across
    return viable_of(row) if organ in ("", "liver") else size_of(row, organ)


def width_at_baseline(row: Row, organ: str, criterion: str) -> Fraction | None:
    return viable_of(row) if criterion == "easl" else counts(row, organ, criterion)


def is_gone(row: Row, organ: str, criterion: str) -> bool:
    if criterion == "choi":
        return size_of(row, "liver") == 0
    if criterion != "recist_1_1" and organ in ("", "liver"):
        return viable_of(row) == 0
    value = size_of(row, organ)
    return value is not None and (value < 10 if organ == "node" else value == 0)


def is_seen(row: Row, organ: str, criterion: str) -> bool:
    if is_gone(row, organ, criterion):
        return False
    if criterion not in ("recist_1_1", "choi") and organ in ("", "liver"):
        return viable_of(row) is not None or row.get("arterial_enhancement") == "yes"
    value = size_of(row, "liver" if criterion == "choi" else organ)
    signs = [num(row, "viable_diameter"), num(row, "longest_diameter")]
    return value is not None or row.get("arterial_enhancement") == "yes" or any(sign for sign in signs if sign)


PR = {"recist_1_1": Fraction(7, 10), "mrecist": Fraction(7, 10), "localised_mrecist": Fraction(7, 10),
      "easl": Fraction(1, 2), "choi": Fraction(9, 10)}  # fmt: skip
PD = {"recist_1_1": Fraction(6, 5), "mrecist": Fraction(6, 5), "localised_mrecist": Fraction(6, 5),
      "easl": Fraction(5, 4), "choi": Fraction(11, 10)}  # fmt: skip
NODE = {"recist_1_1": 15, "mrecist": 20, "localised_mrecist": 20, "easl": 10, "choi": 10}
LIMIT = {"recist_1_1": (5, 2), "mrecist": (5, 2), "localised_mrecist": (5, 2), "easl": (99, 99), "choi": (10, 5)}


def progressed(total: Fraction, reference: Fraction, criterion: str, absolute: int) -> bool:
    more = {"recist_1_1": 5, "easl": 0, "choi": 0}.get(criterion, absolute)
    if total == 0:
        return False
    if reference == 0 and criterion in ("mrecist", "localised_mrecist", "easl"):
        return True
    return total >= PD[criterion] * reference and total - reference >= more


def of_patient(patient: Patient, criterion: str, treated: bool, absolute: int) -> dict[str, tuple[str, ...]]:
    treated = treated or criterion == "localised_mrecist"
    rows, lesions = patient["rows"], patient["lesions"]
    inside = [name for name in lesions if not treated or lesions[name]["perfused"] == "yes"]
    organ = {name: lesions[name]["organ"] for name in lesions}
    base = {}
    for name in inside:
        row = rows.get(("baseline", name))
        value = counts(row, organ[name], criterion) if row else None
        if value is not None:
            base[name] = value
    any_role = any(lesions[name]["role"] for name in lesions)
    wanted = [n for n in inside if lesions[n]["role"] in ("target", "index") or not any_role]
    if criterion == "easl":
        wanted = [name for name in wanted if organ[name] in ("", "liver")]
    large = []
    for name in wanted:
        if name in base:
            wide = width_at_baseline(rows["baseline", name], organ[name], criterion)
            if wide is not None and wide >= (NODE[criterion] if organ[name] == "node" else 10):
                large.append(name)
    large.sort(key=lambda name: (-base[name], name))
    most, per_organ = LIMIT[criterion]
    targets: list[str] = []
    used: dict[str, int] = {}
    for name in large:
        where = organ[name] or "liver"
        if len(targets) < most and used.get(where, 0) < per_organ:
            targets.append(name)
            used[where] = used.get(where, 0) + 1
    lacking = any(lesions[name]["role"] in ("target", "index") and name not in base for name in wanted)
    unmeasured = [n for n in wanted if lesions[n]["role"] in ("target", "index") and n not in base]
    others = []
    for name in inside:
        row = rows.get(("baseline", name))
        present = lesions[name]["role"] == "non_target" or (row and is_seen(row, organ[name], criterion))
        shown_gone = name in base and is_gone(row, organ[name], criterion)
        if present and name not in targets and name not in unmeasured and not shown_gone:
            others.append(name)
    news = first_sights(patient, inside, organ, criterion)
    outside = first_sights(patient, [n for n in lesions if lesions[n]["perfused"] == "no"], organ, criterion, True)
    clot = thrombus_of(patient, criterion)
    made: dict[str, tuple[str, ...]] = {}
    lowest = sum((base[name] for name in targets), Fraction(0))
    start, had_new = lowest, False
    for visit in LATER:
        here = [name for name in lesions if (visit, name) in rows]
        if not here and (visit, "") not in rows:
            continue
        whole = rows.get((visit, ""), {})
        values = {n: counts(rows[visit, n], organ[n], criterion) for n in targets if n in here}
        seen = {name: value for name, value in values.items() if value is not None}
        total = sum(seen.values(), Fraction(0))
        full = len(seen) == len(targets)
        hu = fainter(patient, visit, seen, targets) if criterion == "choi" and full else False
        reference = start if criterion == "choi" else lowest
        if not targets and not lacking:
            target = "none"
        elif lacking:
            target = "NE"
        elif full and all(is_gone(rows[visit, name], organ[name], criterion) for name in targets):
            target = "CR"
        elif progressed(total, reference, criterion, absolute) and not hu:
            target = "PD"
        elif not full:
            target = "NE"
        elif total <= PR[criterion] * start or hu:
            target = "PR"
        else:
            target = "SD"
        if targets and full and not lacking:
            lowest = min(lowest, total)
        gone = [n for n in others if n in here and is_gone(rows[visit, n], organ[n], criterion)]
        left = [n for n in others if n in here and is_seen(rows[visit, n], organ[n], criterion)]
        parts, n_gone, n_left = len(others), len(gone), len(left)
        if criterion == "mrecist" and clot["present"] and clot["lit"] != "no":
            parts += 1
            n_gone += clot["visits"].get(visit, ("unknown", "", False))[0] == "no"
            n_left += clot["visits"].get(visit, ("unknown", "", False))[0] == "yes"
        if whole.get("nontarget_progression") == "yes" and (parts or not treated):
            other = "PD"
        elif parts == 0:
            other = "none"
        elif n_gone == parts:
            other = "CR"
        else:
            other = "present" if n_left else "not_evaluated"
        said = whole.get("new_lesion", "")
        if treated and said == "yes":
            elsewhere = whole.get("new_lesion_organ", "") not in ("", "liver")
            if elsewhere or (visit in outside.values() and visit not in news.values()):
                said = "no"
        fresh = criterion in ("mrecist", "localised_mrecist") and clot["visits"].get(visit, ("", "", False))[2]
        had_new = had_new or said == "yes" or visit in news.values() or fresh
        new = "yes" if had_new else "no" if said == "no" else "unknown"
        answer = combined(target, other, new)
        if criterion == "localised_mrecist" and clot["present"]:
            answer = with_clot(answer, *clot["visits"].get(visit, ("unknown", "unknown", False))[:2])
        made[visit] = (answer, target, other, new)
    return made


def fainter(patient: Patient, visit: str, seen: dict[str, Fraction], targets: list[str]) -> bool:
    rows = patient["rows"]
    now, before = [], []
    for name in targets:
        if seen[name] == 0:
            continue
        pair = []
        for when in (visit, "baseline"):
            row = rows[when, name]
            pair.append(num(row, "attenuation") if row["modality"] in ("", "ct") else None)
        if None in pair:
            return False
        now.append(pair[0])
        before.append(pair[1])
    return bool(before) and sum(now) <= Fraction(85, 100) * sum(before)


def first_sights(patient: Patient, inside: list[str], organ: dict[str, str], criterion: str,
                 any_role: bool = False) -> dict[str, str]:  # fmt: skip
    rows, lesions = patient["rows"], patient["lesions"]
    if not any(visit == "baseline" and name for visit, name in rows):
        return {}
    made = {}
    for name in inside:
        role = lesions[name]["role"]
        row = rows.get(("baseline", name))
        known = row is not None and num(row, "longest_diameter") != 0
        if known or (role in ("target", "index") if any_role else role):
            continue
        there = [(v, rows[v, name]) for v in LATER if (v, name) in rows]
        later = [(v, row) for v, row in there if is_seen(row, organ[name], criterion)]
        if not later:
            continue
        if criterion in ("mrecist", "localised_mrecist") and organ[name] in ("", "liver"):
            long = []
            for _, row in later:
                length = num(row, "longest_diameter")
                long.append(num(row, "viable_diameter") if length is None else length)
            lit = [row["arterial_enhancement"] == "yes" or bool(num(row, "viable_diameter")) for _, row in later]
            grew = any(n is not None and long[0] is not None and n >= long[0] + 10 for n in long)
            if not grew and not any(n is not None and n >= 10 and e for n, e in zip(long, lit, strict=True)):
                continue
        made[name] = later[0][0]
    return made


RANK = {"none": 0, "VP1": 1, "VP2": 2, "VP3": 3, "VP4": 4, "VV1": 1, "VV2": 2, "VV3": 3}


def thrombus_of(patient: Patient, criterion: str) -> dict[str, Any]:
    rows = patient["rows"]
    start = rows.get(("baseline", ""), {})
    veins = ("pvtt_class", "hvtt_class")
    before = {vein: RANK.get(start.get(vein, "")) for vein in veins}
    known = any(rank is not None for rank in before.values())
    present = any(before.values())
    visits: dict[str, tuple[str, str, bool]] = {}
    further = False
    for visit in LATER:
        row = rows.get((visit, ""))
        if row is None:
            continue
        now = {vein: RANK.get(row.get(vein, "")) for vein in veins}
        lit = row.get("thrombus_enhancement", "")
        affected = [vein for vein in veins if before[vein]]
        absent = present and lit != "yes" and all(now[vein] == 0 for vein in affected)
        higher = any(now[v] is not None and before[v] is not None and now[v] > before[v] for v in veins)
        further = further or row.get("thrombus_extension") == "yes" or (present and higher)
        width, old = num(row, "thrombus_width"), num(start, "thrombus_width")
        wider = width is not None and old is not None and width > old
        same = all(now[vein] is not None and now[vein] <= before[vein] for vein in affected)
        if absent:
            grown = "no"
        elif wider or further:
            grown = "yes"
        elif width is not None and old is not None and (row.get("thrombus_extension") == "no" or same):
            grown = "no"
        else:
            grown = "unknown"
        enhancing = "yes" if lit == "yes" else "no" if lit == "no" or absent else "unknown"
        visits[visit] = (enhancing, grown, known and not present and higher and lit != "no")
    return {"present": present, "lit": start.get("thrombus_enhancement", ""), "visits": visits}


def with_clot(tumour: str, enhancing: str, grown: str) -> str:
    answers = set()
    for e in ("yes", "no") if enhancing == "unknown" else (enhancing,):
        for g in ("yes", "no") if grown == "unknown" else (grown,):
            if tumour in ("PD", "NE"):
                answers.add(tumour)
            elif g == "yes":
                answers.add("PD" if e == "yes" else "SD")
            elif tumour == "CR" and e == "yes":
                answers.add("PR")
            else:
                answers.add(tumour)
    return answers.pop() if len(answers) == 1 else "NE"


def combined(target: str, other: str, new: str) -> str:
    if "PD" in (target, other) or new == "yes":
        return "PD"
    if target == "NE" or new == "unknown":
        return "NE"
    if target == "none":
        return "CR" if other == "CR" else "NE"
    if target == "CR" and other in ("present", "not_evaluated"):
        return "PR"
    return target


def of_lesion(patient: Patient, name: str, criterion: str, treated: bool, absolute: int) -> dict[str, str]:
    """One lesion as its own sum."""
    lesion = patient["lesions"][name]
    if (treated or criterion == "localised_mrecist") and lesion["perfused"] != "yes":
        return {}
    rows = {key: row for key, row in patient["rows"].items() if key[1] == name}
    quiet = {(visit, ""): {"new_lesion": "no"} for visit, _ in rows}
    own = {"lesions": {name: lesion | {"role": ""}}, "rows": quiet | rows}
    made = of_patient(own, criterion, treated, absolute)
    if not any(answer[1] != "none" for answer in made.values()):
        return {visit: "NE" for visit, _ in rows if visit != "baseline"}
    return {visit: made[visit][0] for visit, _ in rows if visit != "baseline"}


# --- the package against it ------------------------------------------------------------------------------------------

COLUMNS = ("modality", "longest_diameter", "short_axis", "viable_diameter", "viable_perpendicular", "too_small",
           "attenuation", "arterial_enhancement", "pvtt_class", "hvtt_class", "thrombus_enhancement", "thrombus_width",
           "thrombus_extension", "new_lesion", "new_lesion_organ", "nontarget_progression")  # fmt: skip


def as_text(people: dict[str, Patient], seed: int) -> tuple[str, str, str]:
    imaging = []
    lesions = ["patient | lesion | role | organ | perfused"]
    for key, patient in people.items():
        for (visit, name), row in patient["rows"].items():
            cells = [key, name, visit, str(VISITS[visit]), *(str(row.get(column, "")) for column in COLUMNS)]
            imaging.append(" | ".join(cells))
        for name, lesion in patient["lesions"].items():
            lesions.append(" | ".join([key, name, lesion["role"], lesion["organ"], lesion["perfused"]]))
    random.Random(seed).shuffle(imaging)  # noqa: S311
    head = " | ".join(["patient", "lesion", "visit", "day", *COLUMNS])
    return "\n".join([head, *imaging]), "\n".join(lesions), "patient\n" + "\n".join(people)


@pytest.fixture(scope="module")
def drawn() -> tuple[dict[str, Patient], Any]:
    rng = random.Random(20090110)  # noqa: S311
    people = {f"P{number:04d}": draw(rng) for number in range(PATIENTS)}
    imaging, lesions, patients = as_text(people, 1)
    return people, records_of(imaging=imaging, lesions=lesions, patients=patients)


CASES = [(criterion, treated, absolute) for criterion in PR for treated in (False, True)
         for absolute in ((0, 5) if "mrecist" in criterion else (0,))]  # fmt: skip


@pytest.mark.parametrize(("criterion", "treated", "absolute"), CASES)
def test_patients(drawn: Any, criterion: str, treated: bool, absolute: int) -> None:
    people, records = drawn
    frame = responses(records, criterion, territory="treated" if treated else "whole", pd_absolute_mm=absolute,
                      thrombus_unrecorded="none")  # fmt: skip
    keys = records.patients["patient_id"].to_numpy()
    got: dict[tuple[str, str], tuple[str, ...]] = {}
    for line in frame.itertuples(index=False):
        got[keys[line.subject], line.visit] = (line.response, line.target, line.non_target, line.new_lesion)
    wanted = {(key, visit): answer for key, patient in people.items()
              for visit, answer in of_patient(patient, criterion, treated, absolute).items()}  # fmt: skip
    assert got == wanted
    assert {answer[0] for answer in wanted.values()} == {"CR", "PR", "SD", "PD", "NE"}


@pytest.mark.parametrize("criterion", list(PR))
def test_lesions(drawn: Any, criterion: str) -> None:
    people, records = drawn
    frame = responses(records, criterion, grain="lesion")
    owner = records.patients["patient_id"].to_numpy()[records.lesions["patient"].to_numpy()]
    names = records.lesions["lesion_id"].to_numpy()
    got = {(owner[line.subject], names[line.subject], line.visit): line.response
           for line in frame.itertuples(index=False)}  # fmt: skip
    wanted = {(key, name, visit): answer for key, patient in people.items() for name in patient["lesions"]
              for visit, answer in of_lesion(patient, name, criterion, False, 0).items()}  # fmt: skip
    assert got == wanted


def test_the_order_of_rows_changes_nothing(drawn: Any) -> None:
    people, _ = drawn
    few = {key: people[key] for key in list(people)[:120]}
    frames = []
    for seed in (1, 2):
        imaging, lesions, patients = as_text(few, seed)
        frames.append(responses(records_of(imaging=imaging, lesions=lesions, patients=patients), "mrecist"))
    pd.testing.assert_frame_equal(*frames)
