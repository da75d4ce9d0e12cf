"""Printed against achieved: a large draw, each printed margin beside what the simulation gives for it.

`make calibrate` writes `derived/calibration.json`; the report reads it and says "stale" when its fingerprint differs.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from y90outcomes.results.whole import write_json
from y90outcomes.simulate.course import Course, draw_course, solve
from y90outcomes.simulate.patients import ETIOLOGIES, Floats, Patients, draw_patients
from y90outcomes.simulate.settings import Settings, read_settings

PATIENTS, SEED = 200_000, 20_220_501
EXTREMES = 209
"""Size of the samples whose extremes are compared with the printed ranges: the paper's n."""
MONTH = 30.4375
SOURCES = ("calibrate.py", "course.py", "margins.py", "numerics.py", "patients.py", "responses.py", "settings.py",
           "territory.py")  # fmt: skip
"""Modules the numbers of the model single_arm depend on."""


def fingerprint(settings: Settings) -> str:
    """SHA-256 over the simulation page and the code that draws from it; line ends do not matter."""
    from y90outcomes.simulate.models import MODELS  # models calibrate

    whole = hashlib.sha256(settings.fingerprint.encode())
    for name in MODELS[settings.model].sources:
        whole.update((Path(__file__).parent / name).read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()


def calibrate(settings: Settings, patients: int = PATIENTS, seed: int = SEED) -> dict[str, Any]:
    """The calibration as plain data: fingerprint, n, seed, and one entry per margin.

    An entry holds `printed` (as on the page), `achieved` with the same keys, and `within`: whether every achieved value
    lies inside its tolerance. Tolerance: the printed interval where there is one; for a count or percentage 2.5
    percentage points; for a mean, median or SD a tenth of the printed SD (of the median where none is printed); for an
    extreme the central 98 % of the extremes of samples of the paper's size.
    """
    rng = np.random.default_rng(seed)
    people = draw_patients(settings, patients, rng)
    course = draw_course(settings, solve(settings), people, rng)
    found = {**_numbers(people, course), **_shares(people, course)}
    entries: dict[str, Any] = {}
    for name, margin in settings.margins.items():
        if name in found:
            entries[name] = _entry(margin, found[name])
    entries.update(_survival(settings, people, course))
    entries.update(_geometric_means(settings, people, course))
    left_out = sorted(set(settings.margins) - set(entries))
    if left_out:
        raise LookupError(f"no achieved value for {', '.join(left_out)}")
    return calibration(settings, entries, patients, seed)


def calibration(settings: Settings, entries: Mapping[str, Any], patients: int, seed: int) -> dict[str, Any]:
    """`derived/calibration.json` as plain data, from one entry per margin of the page."""
    ordered = {name: entries[name] for name in settings.margins}
    outside = [name for name, entry in ordered.items() if not entry["within"]]
    return {"fingerprint": fingerprint(settings), "patients": patients, "seed": seed, "of": len(ordered),
            "within": len(ordered) - len(outside), "outside": outside, "margins": ordered}  # fmt: skip


def _numbers(people: Patients, course: Course) -> dict[str, Floats]:
    return {
        "age": people.age, "months_from_diagnosis": people.months_from_diagnosis, "activity": people.activity,
        "lung_shunt": people.lung_shunt, "lung_dose": people.lung_dose, "liver_volume": people.liver_volume,
        "normal_volume": people.normal_volume, "normal_dose": people.normal_dose,
        "perfused_volume": people.perfused_volume,
        "perfused_percent": 100 * people.perfused_volume / people.liver_volume, "perfused_dose": people.perfused_dose,
        "tumour_volume": people.tumour_volume, "tad": people.tad, "target_volume": people.volumes[:, 0],
        "target_dose": people.doses[:, 0], "perfused_normal_volume": people.perfused_normal_volume,
        "ntad": people.ntad, "follow_up": course.end / MONTH,
    }  # fmt: skip


def _shares(people: Patients, course: Course) -> dict[str, Floats]:
    """Flags (NaN outside the denominator) whose mean is the achieved share."""
    responds = {name: np.isin(best, ("CR", "PR")) for name, best in course.best.whole.items()}
    of_target = {name: np.isin(best, ("CR", "PR")) for name, best in course.best.target.items()}
    complete = course.best.whole["mrecist"] == "CR"
    target = people.diameters[:, 0]
    stratum = np.digitize(people.tad, [200.0, 300.0])
    grades = np.column_stack([course.bilirubin_grade, course.lymphocyte_grade, *course.events.values()])
    flags: dict[str, Any] = {
        "male": people.male, **{f"etiology_{name}": people.causes[:, i] for i, name in enumerate(ETIOLOGIES)},
        "cirrhosis": people.cirrhosis, "ecog_0": people.ecog == 0, "ecog_1": people.ecog == 1,
        "ecog_ge2": people.ecog >= 2, **{f"bclc_{stage.lower()}": people.bclc == stage for stage in "ABC"},
        "bclc_c_ecog_no_pvt": (people.bclc == "C") & ~people.pvt, "pvt_ecog_0": people.pvt & (people.ecog == 0),
        "child_pugh_a": people.child_pugh <= 6, "child_pugh_b7": people.child_pugh == 7, "bilobar": people.bilobar,
        "pvt": people.pvt, "right_lobe": people.right, "diameter_3_5": target < 50,
        "diameter_5_8": (target >= 50) & (target < 80), "diameter_ge8": target >= 80,
        **{f"lesions_{k}": people.lesions == k for k in (1, 2, 3)}, "lesions_4_10": people.lesions >= 4,
        "prior_sorafenib": people.prior_sorafenib,
        "first_week": np.where(np.isnan(people.sphere_age), np.nan, people.sphere_age <= 7),
        "spect_ct": people.spect_ct, "scan_day_90": ~np.isnan(course.scan_day[:, 2]),
        "scan_day_180": ~np.isnan(course.scan_day[:, 3]), "orr_mrecist": responds["mrecist"],
        "orr_recist": responds["recist_1_1"], "orr_mrecist_target": of_target["mrecist"],
        "orr_recist_target": of_target["recist_1_1"],
        **{name: np.where(stratum == k, responds["mrecist"], np.nan)
           for k, name in enumerate(("orr_below_200", "orr_200_300", "orr_above_300"))},
        "cr_below_200": np.where(stratum == 0, complete, np.nan),
        "cr_above_300": np.where(stratum == 2, complete, np.nan),
        "afp_ge_200": course.afp_band == 2, "afp_ge_20": course.afp_band >= 1,
        "afp_response_200": np.where(course.afp_band == 2, course.afp_response_200, np.nan),
        "afp_response_20": np.where(course.afp_band >= 1, course.afp_response_20, np.nan),
        "ae_any": (grades > 0).any(axis=1), "ae_grade_3": (grades >= 3).any(axis=1),
        "ae_ascites": course.events["ascites"] > 0, "ae_fatigue": course.events["fatigue"] > 0,
        "ae_pain": course.events["abdominal_pain"] > 0, "ae_bilirubin": course.bilirubin_grade > 0,
        "ae_bilirubin_grade_3": course.bilirubin_grade >= 3, "ae_lymphocytes": course.lymphocyte_grade > 0,
        "hepatic_failure": course.events["hepatic_failure"] > 0,
    }  # fmt: skip
    return {name: np.asarray(values, dtype=np.float64) for name, values in flags.items()}


def _entry(margin: Mapping[str, Any], values: Floats) -> dict[str, Any]:
    if "count" in margin or "percent" in margin:
        share = 100 * float(np.nanmean(values))
        printed = 100 * margin["count"] / margin["of"] if "count" in margin else float(margin["percent"])
        return row({"percent": printed}, {"percent": share}, {"percent": (printed - 2.5, printed + 2.5)}, margin)
    summaries: dict[str, Callable[[Floats], float]] = {
        "median": lambda v: float(np.median(v)), "mean": lambda v: float(v.mean()),
        "sd": lambda v: float(v.std(ddof=1)),
    }  # fmt: skip
    printed = {name: float(margin[name]) for name in (*summaries, "low", "high") if name in margin}
    spread = 0.1 * float(margin.get("sd", margin["median"]))
    achieved = {name: summary(values) for name, summary in summaries.items() if name in printed}
    limits = {name: (printed[name] - spread, printed[name] + spread) for name in achieved}
    samples = values[: len(values) // EXTREMES * EXTREMES].reshape(-1, EXTREMES)
    for name, extremes in (("low", samples.min(axis=1)), ("high", samples.max(axis=1))):
        achieved[name] = float(np.median(extremes))
        low, high = np.quantile(extremes, [0.01, 0.99])
        limits[name] = (float(low), float(high))

    def slack(name: str) -> float:
        return 0.5 if isinstance(margin[name], int) else 0.05  # half of the last printed digit

    made = row(printed, achieved, {k: v for k, v in limits.items() if k not in ("low", "high")}, margin)
    made["extremes"] = {name: {"median": achieved[name], "from": limits[name][0], "to": limits[name][1],
                              "printed_within": limits[name][0] <= printed[name] + slack(name)
                              and printed[name] - slack(name) <= limits[name][1]}
                       for name in ("low", "high")}  # fmt: skip
    made["within"] = made["within"] and all(found["printed_within"] for found in made["extremes"].values())
    return made


def row(
    printed: Mapping[str, float], achieved: Mapping[str, float], limits: Mapping[str, tuple[float, float]],
    margin: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """One entry: printed beside achieved, and whether every achieved value lies inside its limits."""
    inside = all(low <= achieved[name] <= high for name, (low, high) in limits.items())
    return {"where": margin["where"], "unit": margin.get("unit", "%" if "percent" in printed else ""),
            "printed": dict(printed), "achieved": {name: float(f"{value:.6g}") for name, value in achieved.items()},
            "within": bool(inside)}  # fmt: skip


def _survival(settings: Settings, people: Patients, course: Course) -> Iterator[tuple[str, dict[str, Any]]]:
    months, died = course.end / MONTH, ~np.isnan(course.death)
    stratum = np.digitize(people.tad, [200.0, 300.0])
    groups = {"os_median": stratum >= 0, "os_below_200": stratum == 0, "os_200_300": stratum == 1,
              "os_above_300": stratum == 2}  # fmt: skip
    for name, among in groups.items():
        margin = settings.margins[name]
        yield name, row({"median": margin["median"]}, {"median": median_survival(months[among], died[among])},
                         {"median": (margin["lower"], margin["upper"])}, margin)  # fmt: skip
    margin = settings.margins["hr_per_100_gy"]
    ratio = hazard_ratio(people.tad / 100, months, died)
    yield "hr_per_100_gy", row({"estimate": margin["estimate"]}, {"estimate": ratio},
                                {"estimate": (margin["lower"], margin["upper"])}, margin)  # fmt: skip


def median_survival(months: Floats, died: np.ndarray) -> float:
    """Kaplan–Meier median: the first time at which half or fewer are alive."""
    times, position = np.unique(months, return_inverse=True)
    deaths = np.bincount(position, weights=died)
    leaving = np.bincount(position)
    at_risk = len(months) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    alive = np.cumprod(1 - deaths / at_risk)
    return float(times[np.argmax(alive <= 0.5)]) if (alive <= 0.5).any() else float("inf")


def hazard_ratio(x: Floats, months: Floats, died: np.ndarray) -> float:
    """Hazard ratio of one covariate by Newton's method on the Breslow partial likelihood (ties hardly matter here)."""
    order = np.argsort(-months, kind="stable")
    x, died, months = x[order], died[order], months[order]
    last = np.searchsorted(-months, -months, side="right") - 1  # everyone still at risk at a patient's time
    beta = 0.0
    for _ in range(25):
        weight = np.exp(beta * x)
        total, first, second = (np.cumsum(weight * x**k)[last] for k in range(3))
        mean = first / total
        score = float((x - mean)[died].sum())
        information = float((second / total - mean**2)[died].sum())
        step = score / information
        beta += step
        if abs(step) < 1e-10:
            break
    return float(np.exp(beta))


def _geometric_means(settings: Settings, people: Patients, course: Course) -> Iterator[tuple[str, dict[str, Any]]]:
    logs = np.log(people.tad)
    for names, criterion in ((("gm_tad_responders", "gm_tad_others"), "mrecist"),
                             (("gm_tad_recist", "gm_tad_recist_others"), "recist_1_1")):  # fmt: skip
        responds = np.isin(course.best.whole[criterion], ("CR", "PR"))
        for name, among in zip(names, (responds, ~responds), strict=True):
            margin = settings.margins[name]
            yield name, row({"mean": margin["mean"]}, {"mean": float(np.exp(logs[among].mean()))},
                             {"mean": (margin["lower"], margin["upper"])}, margin)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Write `derived/calibration.json` of each study folder, with its own model."""
    from y90outcomes.simulate.models import MODELS

    for folder in map(Path, arguments):
        settings = read_settings(folder)
        write_json(folder / "derived" / "calibration.json", MODELS[settings.model].calibrate(settings, PATIENTS, SEED))


if __name__ == "__main__":
    main(sys.argv[1:])
