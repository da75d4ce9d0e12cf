"""What a patient had been treated with before day 0: systemic therapy, by agent. TARGET (Table 1) counts sorafenib."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd

from y90outcomes.derivations.recorded import YES_NO
from y90outcomes.derivations.types import Found, Need, Positions, Records, Rule, Step, Variable
from y90outcomes.schema import MULTIPLE
from y90outcomes.thresholds import Booleans

SYSTEMIC, ANY = "systemic", "any"
AGENTS = (
    "sorafenib", "lenvatinib", "regorafenib", "cabozantinib", "ramucirumab", "atezolizumab_bevacizumab",
    "durvalumab_tremelimumab", "durvalumab", "nivolumab", "pembrolizumab", "chemotherapy", "other",
)  # fmt: skip
"""Codes of the list `systemic_agent`."""
UNLISTED = ("centre", "none", "missing")
"""What no listed therapy means: none was given where the centre lists any therapy at all, always none, not known."""


def prior_systemic_therapy(records: Records, *, agent: str, unlisted: str) -> Found:
    """ "yes" where a systemic therapy (with `agent`, unless "any") began before day 0, "no" where none did.

    Else missing. A therapy begun on day 0 or later is none before it. A therapy without a kind, without an agent where
    one is asked for, or without a day leaves the answer open. A patient without such a row: `prior_therapies` of the
    patient says yes (of any agent; open where one is asked for) or no; where it is blank `unlisted` decides.
    """
    table = records.tables["therapies"]
    n = len(records.patients)
    patient, fits, may = _fits(table, agent)
    before = table["days"].to_numpy(dtype=float)
    sure, open_ = fits & (before < 0), may & ~(before >= 0) & ~(fits & (before < 0))
    answer = np.where(_nothing_means_none(records, unlisted), 0.0, np.nan)
    told = records.patients["prior_therapies"].astype("string").str.split(MULTIPLE)
    listed = told.map(lambda codes: SYSTEMIC in codes, na_action="ignore")
    said_yes, said_no = (listed.eq(value).fillna(False).to_numpy(dtype=bool) for value in (True, False))
    answer[said_no] = 0.0
    answer[said_yes] = 1.0 if agent == ANY else np.nan
    decided = np.full(n, -1, dtype=np.intp)
    latest_first = np.lexsort((table["therapy_number"].to_numpy(dtype=float, na_value=np.nan), before))[::-1]
    for mask, value in ((open_, np.nan), (sure, 1.0)):
        own = latest_first[(mask & (patient >= 0))[latest_first]]
        answer[patient[own]], decided[patient[own]] = value, own
    values = pd.Series(answer).map({1.0: "yes", 0.0: "no"}, na_action="ignore").astype("string")
    by_row = {"therapies": np.where(values.eq("yes").fillna(False), decided, -1)}
    open_patients = int(np.isnan(answer).sum())
    counts = {"systemic therapy before treatment not known": open_patients} if open_patients else {}
    return Found(values, by_row, counts)


def explain_prior(records: Records, subject: int, *, agent: str, unlisted: str) -> list[Step]:
    """Every therapy of the patient with its day, and what follows."""
    table = records.tables["therapies"]
    steps = []
    for row, line in table[table["patient"] == subject].sort_values("days", kind="stable").iterrows():
        kind = "kind not recorded" if pd.isna(line["therapy"]) else str(line["therapy"])
        drug = "" if pd.isna(line["agent"]) else f" ({line['agent']})"
        day = "undated" if pd.isna(line["days"]) else f"day {line['days']:g}".replace("-", "−")
        steps.append(Step(f"{kind}{drug}, {day}", "therapies", int(str(row))))
    answer = prior_systemic_therapy(records, agent=agent, unlisted=unlisted).values.iloc[subject]
    said = "not known" if pd.isna(answer) else f"therefore: {answer}"
    return [*(steps or [Step("no therapy listed")]), Step(said)]


def _fits(table: pd.DataFrame, agent: str) -> tuple[Positions, Booleans, Booleans]:
    """Patient of each therapy, whether it is one that is asked for, and whether it may be."""
    patient = table["patient"].to_numpy(dtype=np.intp)
    systemic = table["therapy"].eq(SYSTEMIC).fillna(False).to_numpy(dtype=bool)
    unknown = table["therapy"].isna().to_numpy(dtype=bool)
    if agent == ANY:
        return patient, systemic, systemic | unknown
    named = table["agent"].eq(agent).fillna(False).to_numpy(dtype=bool)
    blank = table["agent"].isna().to_numpy(dtype=bool)
    return patient, systemic & named, (systemic | unknown) & (named | blank)


def _nothing_means_none(records: Records, unlisted: str) -> Booleans:
    if unlisted != "centre":
        return np.full(len(records.patients), unlisted == "none")
    listing = records.tables["therapies"]["centre"].dropna().unique()
    return np.asarray(records.patients["centre"].isin(listing).fillna(False).to_numpy(dtype=bool), dtype=np.bool_)


HISTORY: tuple[Variable, ...] = (
    Variable(
        "prior_systemic_therapy",
        "Prior systemic therapy",
        "patient",
        (Need("therapies", "therapy"), Need("therapies", "agent"), Need("patients", "prior_therapies")),
        "baseline",
        levels=MappingProxyType({"no": YES_NO["no"], "yes": YES_NO["yes"]}),
        ordered=True,
        derive=prior_systemic_therapy,
        explain=explain_prior,
        rules=(
            Rule("agent", ANY, "agent that counts", (ANY, *AGENTS)),
            Rule("unlisted", "centre", "no listed therapy means none was given", UNLISTED),
        ),
        missing="a therapy without kind, agent or day leaves the answer open",
        reference="TARGET, Lam 2022, 10.1007/s00259-022-05774-0",
    ),
)
"""Treatment before day 0."""
