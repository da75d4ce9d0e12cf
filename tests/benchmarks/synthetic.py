"""Registries of any size for measuring: every patient treated, three lesions, five laboratory values each."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd

from y90outcomes.registry import Registry
from y90outcomes.registry.parts import DTYPES
from y90outcomes.registry.read import MISSING_COLUMNS
from y90outcomes.schema import PROVENANCE, load_schema
from y90outcomes.study import Study

LESIONS, LABS = 3, 5
SEED = 20220101


def make_registry(patients: int) -> Registry:
    """`patients` patients of two centres, dated, with a few missing values; the same for the same number."""
    rng = np.random.default_rng(SEED)
    ids = np.array([f"P{number:07d}" for number in range(patients)], dtype=object)
    centre = np.where(np.arange(patients) < patients // 2, "east", "west").astype(object)
    day0 = np.datetime64("2015-01-01", "s") + rng.integers(0, 2000, patients) * np.timedelta64(1, "D")
    lesions = np.repeat(np.arange(patients), LESIONS)
    lesion = np.tile([f"L{number}" for number in range(1, LESIONS + 1)], patients).astype(object)
    labs = np.repeat(np.arange(patients), LABS)
    visits = np.tile(["baseline", "day_30", "day_60", "day_90", "maa"], patients).astype(object)
    offsets = np.tile([-3, 30, 60, 90, -20], patients) + rng.integers(-2, 3, patients * LABS)
    death = rng.exponential(700, patients).astype(int) + 1
    seen = rng.integers(200, 1500, patients)
    died = death < seen

    def blank(values: np.ndarray, share: float) -> np.ndarray:
        return np.where(rng.random(len(values)) < share, np.nan, values)

    def days(count: np.ndarray) -> np.ndarray:
        return count * np.timedelta64(86_400, "s")

    key = {"centre": centre, "patient_id": ids}
    of_lesion = {"centre": centre[lesions], "patient_id": ids[lesions], "lesion_id": lesion}
    levels = np.array(["complete", "extensive", "partial", None], dtype=object)
    thrombus = np.array(["none", "none", "VP1", "VP3", None], dtype=object)
    whole = {"centre": centre, "patient_id": ids, "lesion_id": np.full(patients, None, dtype=object)}
    liver = pd.DataFrame(whole | {"visit": "baseline", "date": day0, "pvtt_class": rng.choice(thrombus, patients)})
    imaging = pd.DataFrame(
        of_lesion
        | {
            "visit": "baseline",
            "date": day0[lesions] - days(np.full(len(lesions), 5)),
            "longest_diameter": blank(np.round(rng.gamma(4, 15, len(lesions)) + 10), 0.02),
        }
    )
    frames = {
        "patients": pd.DataFrame(key),
        "treatments": pd.DataFrame(key | {"treatment_number": 1, "date": day0}),
        "lesions": pd.DataFrame(of_lesion),
        "imaging": pd.concat([liver, imaging], ignore_index=True),
        "dosimetry": pd.DataFrame(
            of_lesion
            | {
                "treatment_number": 1,
                "compartment": "lesion",
                "source": "y90_pet_ct",
                "absorbed_dose": blank(np.round(rng.gamma(3, 90, len(lesions)), 1), 0.02),
            }
        ),
        "pathology": pd.DataFrame(of_lesion | {"necrosis": rng.choice(levels, len(lesions))}),
        "labs": pd.DataFrame(
            {
                "centre": centre[labs],
                "patient_id": ids[labs],
                "analyte": "afp",
                "visit": visits,
                "date": day0[labs] + days(offsets),
                "value": blank(np.round(rng.lognormal(4, 2, len(labs)), 1), 0.05),
            }
        ),
        "follow_up": pd.concat(
            [
                pd.DataFrame(
                    key
                    | {
                        "event": "death",
                        "occurrence": np.where(died, "yes", "no").astype(object),
                        "date": np.where(died, day0 + days(death), np.datetime64("NaT")),
                    }
                ),
                pd.DataFrame(
                    key | {"event": "last_contact", "occurrence": "yes", "date": day0 + days(np.minimum(death, seen))}
                ),
            ],
            ignore_index=True,
        ),
    }
    return registry_of(frames, f"synthetic {patients}")


def registry_of(frames: dict[str, pd.DataFrame], fingerprint: str) -> Registry:
    """Frames with some canonical columns as a registry: other columns empty, rows in key order, each with a place."""
    schema = load_schema()
    tables = {}
    for name, table in schema.tables.items():
        frame = frames.get(name, pd.DataFrame())
        made = {
            column: (
                frame[column].astype(DTYPES[spec.type])
                if column in frame
                else pd.Series([None] * len(frame), dtype=DTYPES[spec.type])
            )
            for column, spec in table.columns.items()
        }
        made |= dict(
            zip(
                PROVENANCE,
                (
                    pd.Series([f"{name}.csv"] * len(frame), dtype="string"),
                    pd.Series([""] * len(frame), dtype="string"),
                    pd.Series(np.arange(2, len(frame) + 2), dtype="Int64"),
                ),
                strict=True,
            )
        )
        tables[name] = pd.DataFrame(made).sort_values(
            list(table.primary_key), kind="stable", na_position="first", ignore_index=True
        )
    missing = pd.DataFrame({name: pd.Series(dtype="string") for name in MISSING_COLUMNS[:4]}).assign(
        n=pd.Series(dtype="int64")
    )
    return Registry(MappingProxyType(tables), schema, (), (), missing, fingerprint)


def make_study() -> Study:
    """A protocol that uses every kind of variable, two criteria, two endpoints."""
    return Study.model_validate(
        {
            "id": "bench",
            "title": "Benchmark",
            "origin": "synthetic",
            "windows": {"baseline": {"from": -30, "to": 0, "visit": "baseline"}, "day_90": {"from": 60, "to": 120}},
            "variables": {
                "afp": {"kind": "derived", "derive": "afp", "window": "baseline"},
                "afp_90": {"kind": "derived", "derive": "afp", "window": "day_90"},
                "size": {"kind": "derived", "derive": "longest_diameter", "window": "baseline", "rollup": "largest"},
                "count": {"kind": "derived", "derive": "longest_diameter", "window": "baseline", "rollup": "count"},
                "dose": {"kind": "derived", "derive": "tad_lesion", "source": "y90_pet_ct", "rollup": "lowest"},
                "necrosis": {"kind": "derived", "derive": "necrosis", "rollup": "poorest"},
                "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
                "invasion": {"kind": "derived", "derive": "macrovascular_invasion", "window": "baseline"},
                "dose_class": {"kind": "cut", "of": "dose", "cuts": [205], "labels": ["<205", "≥205"]},
                "complete": {
                    "kind": "grouped",
                    "of": "necrosis",
                    "groups": {"yes": ["complete"], "no": ["extensive", "partial"]},
                },
                "time_to_death": {"kind": "time_to", "event": "death"},
                "died": {"kind": "occurrence", "event": "death"},
            },
            "eligibility": {
                "measured": {"variable": "size", "recorded": True},
                "burden": {
                    "any_of": {
                        "large": {"variable": "size", "above": 3, "unit": "cm"},
                        "several": {"variable": "count", "min": 2},
                    }
                },
            },
            "analysis_sets": {
                "patients": {"grain": "patient"},
                "tumours": {"grain": "lesion"},
                "high": {"grain": "patient", "among": {"dose": {"variable": "dose", "min": 205}}},
            },
            "endpoints": {
                "survival": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]},
                "necrotic": {"kind": "binary", "variable": "complete", "event": ["yes"]},
            },
            "analyses": {"baseline": {"method": "summary", "title": "Baseline", "variables": ["afp", "size", "pvtt"]}},
        }
    )
