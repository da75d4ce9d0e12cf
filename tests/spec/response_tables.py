"""One patient per line: sizes by visit in, responses by visit out.

    targets   sizes at baseline and each later scan, a lesion after ";" ("50 30; 20 -"), "-" for no row, "s" for too
              small to measure, "node 20 8" for a lymph node's short axis, "lung 20 8" for another organ
    others    the same for non-target lesions
    new, worse  new lesion and non-target progression at each later scan ("no yes ?"); "no" throughout when not given
    expect    the response at each later scan

The scans are day -5 (baseline), 42, 90, 180 and 365.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from tests.fixtures.records import records_of
from tests.spec.tables import cells

from y90outcomes.derivations.response import responses
from y90outcomes.derivations.types import Records

VISITS = (("baseline", "-5"), ("day_42", "42"), ("day_90", "90"), ("day_180", "180"), ("month_12", "365"))
ORGANS = ("node", "lung", "bone")
WHOLE = ("new", "worse", "pvtt", "enhancing", "width", "further", "organ")
COLUMN = {"new": "new_lesion", "worse": "nontarget_progression", "pvtt": "pvtt_class",
          "enhancing": "thrombus_enhancement", "width": "thrombus_width", "further": "thrombus_extension",
          "organ": "new_lesion_organ"}  # fmt: skip
OF_LESION = ("modality", "longest_diameter", "short_axis", "viable_diameter", "viable_perpendicular", "too_small",
             "attenuation")  # fmt: skip
HEAD = ("patient", "lesion", "visit", "day", *OF_LESION, *COLUMN.values())


def measured(criterion: str, organ: str, size: str) -> dict[str, str]:
    """The columns a size is written in: enhancing under mRECIST and EASL ("20x10" with the perpendicular), "50@90" with
    the attenuation under Choi."""
    if size == "s":
        return {"too_small": "yes"}
    size, _, hu = size.partition("@")
    if organ == "node":
        return {"short_axis": size}
    if criterion in ("recist_1_1", "choi") or organ:
        return {"longest_diameter": size, "attenuation": hu, "modality": "ct" if hu else ""}
    length, _, across = size.partition("x")
    return {"longest_diameter": "60", "viable_diameter": length,
            "viable_perpendicular": across or ("10" if criterion == "easl" and length != "0" else "")}  # fmt: skip


def records(criterion: str, text: str) -> tuple[Records, list[dict[str, str]]]:
    head, *lines = cells(text)
    cases = [dict(zip(head, line, strict=True)) for line in lines]
    imaging, lesions = [" | ".join(HEAD)], ["patient | lesion | role | organ | perfused"]
    for number, case in enumerate(cases):
        key = f"P{number:03d}"
        scans = len(case["expect"].split()) + 1
        for role, names in (("target", case.get("targets", "")), ("non_target", case.get("others", ""))):
            for place, part in enumerate(names.split(";") if names else []):
                words = part.split()
                organ = words.pop(0) if words[0] in ORGANS else ""
                name = f"{role[0].upper()}{place}"
                lesions.append(f"{key} | {name} | {role} | {organ or 'liver'} | yes")
                for (visit, day), size in zip(VISITS[: len(words)], words, strict=True):
                    if size != "-":
                        row = measured(criterion, organ, size)
                        imaging.append(line_of({"patient": key, "lesion": name, "visit": visit, "day": day} | row))
        for place, (visit, day) in enumerate(VISITS[:scans]):
            whole = {"patient": key, "visit": visit, "day": day}
            for word in WHOLE:
                given = case.get(word, "").split()
                from_baseline = word not in ("new", "worse", "organ")
                at = place if from_baseline else place - 1
                value = given[at] if 0 <= at < len(given) else "no" if word == "new" and place else ""
                whole[COLUMN[word]] = "" if value == "?" else value
            imaging.append(line_of(whole))
    patients = "patient\n" + "\n".join(f"P{number:03d}" for number in range(len(cases)))
    made = records_of(imaging="\n".join(imaging), lesions="\n".join(lesions), patients=patients)
    return made, cases


def line_of(row: dict[str, str]) -> str:
    return " | ".join(row.get(column, "") for column in HEAD)


def table(criterion: str, text: str, **rules: Any) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Thrombus is of interest only to lines that speak of it: where nothing is recorded, there is none."""
    made, cases = records(criterion, text)
    return responses(made, criterion, **({"thrombus_unrecorded": "none"} | rules)), cases


def expect(criterion: str, text: str, column: str = "response", **rules: Any) -> None:
    """The responses (or another column) of every line are its `expect`."""
    frame, cases = table(criterion, text, **rules)
    got = {case["case"]: " ".join(frame.loc[frame["subject"] == at, column]) for at, case in enumerate(cases)}
    wanted = {case["case"]: " ".join(case["expect"].split()) for case in cases}
    wrong = {name: (answer, wanted[name]) for name, answer in got.items() if answer != wanted[name]}
    assert not wrong, f"got, wanted: {wrong}"
    assert len(got) == len(cases), "two lines have the same name"
