"""The data sets of the oracles, as the R scripts see them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parent / "data"


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv")


@cache
def survival_data() -> dict[str, pd.DataFrame]:
    """The data sets of `survival_data` in lib.R, columns time and event and those the models use."""
    sets = {name: data(name) for name in ("lung", "aml", "waltons", "rossi")}
    sets["aml"]["maintained"] = (sets["aml"]["group"] == "Maintained").astype(float)
    larynx = data("larynx").rename(columns={"death": "event"})
    larynx["stage"] = 1 + larynx["Stage_II"] + 2 * larynx["Stage_III"] + 3 * larynx["Stage_IV"]
    meerun = data("meerun_tumours").dropna(subset=["time_to_surgery_months"])
    complete = meerun["pathological_necrosis"] == "CPN"
    sets["larynx"] = larynx
    sets["meerun"] = pd.DataFrame(
        {
            "time": meerun["time_to_surgery_months"],
            "event": 1,
            "group": np.where(complete, "CPN", "other"),
            "CPN": complete.astype(float),
        }
    )
    sets.update(dict(list(data("constructed").groupby("dataset"))))
    return sets


def samples() -> dict[str, np.ndarray]:
    meerun, lung = data("meerun_tumours"), data("lung")
    found = {str(k): g.to_numpy() for k, g in meerun.groupby("pathological_necrosis")["post_treatment_tad_gy"]}
    found |= {"lung_age": lung["age"].to_numpy(), "lung_wt.loss": lung["wt.loss"].to_numpy()}
    return found | {"one": np.array([7.5]), "two": np.array([3.0, 1.0]), "thirty": np.arange(1.0, 31.0)}


def pairs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    meerun, lung = data("meerun_tumours"), data("lung")
    complete = meerun["pathological_necrosis"] == "CPN"
    dose = meerun["post_treatment_tad_gy"].to_numpy(float)
    return {
        "meerun_dose": (dose[complete], dose[~complete]),
        "meerun_log_dose": (np.log(dose[complete]), np.log(dose[~complete])),
        "lung_age": (lung["age"][lung["sex"] == 1].to_numpy(), lung["age"][lung["sex"] == 2].to_numpy()),
        "untied": (np.array([1.1, 2.2, 3.3, 9.9, 4.5]), np.array([0.5, 2.1, 5.5, 8.8, 7.3, 6.6, 12])),
        "tied": (np.array([1, 2, 2, 3, 3, 3]), np.array([2, 3, 4, 4, 5, 5, 5])),
        "unequal_sizes": (np.array([5, 9]), np.array([1, 2, 3, 4, 6, 7, 8, 10, 11])),
    }


def several() -> dict[str, list[np.ndarray]]:
    lung = data("lung").dropna(subset=["ph.ecog"])
    meerun = data("meerun_tumours")
    return {
        "meerun_dose": [g.to_numpy() for _, g in meerun.groupby("pathological_necrosis")["post_treatment_tad_gy"]],
        "lung_age": [g.to_numpy() for _, g in lung.groupby("ph.ecog")["age"]],
        "two": [np.array([1, 2, 2, 3]), np.array([2, 4, 5])],
    }


TABLES = {
    "small": [[1, 9], [11, 3]],
    "balanced": [[12, 5], [6, 11]],
    "near": [[5, 5], [5, 6]],
    "margins": [[40, 60], [55, 45]],
    "zeros": [[0, 7], [6, 0]],
    "wide": [[3, 5, 1], [4, 0, 6], [2, 2, 7]],
    "response": [[4, 3, 0], [2, 6, 1]],
    "four": [[3, 1, 2, 0], [1, 4, 0, 2], [1, 0, 3, 2]],
}
