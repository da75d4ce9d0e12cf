"""Why a number has no second one, where its own function does not say: a visible table, the first line that fits."""

from __future__ import annotations

from collections.abc import Mapping

COUNTED = "a count of subjects, which no library estimates"
SAME = "the p of another result, shown again"
REASONS: tuple[tuple[str, str, str, str, str], ...] = (
    # method, shape, quantity or part, field, reason
    ("*", "result", "*", "*", COUNTED),
    ("*", "points", "*", "*", "a value of the data; nothing is computed"),
    ("model_selection", "table", "*", "*", "a step of the search; its models stand in the tables, verified there"),
    ("*", "table", "*", "*", COUNTED),
    ("family", "effects", "raw_p", "*", SAME),
    (
        "*",
        "effects",
        "intraclass_correlation",
        "*",
        "no library has the intraclass correlation by analysis of variance",
    ),
    ("*", "effects", "odds_ratio_firth", "*", "no library has Firth's penalised likelihood"),
    ("correlation", "effects", "*", "statistic", "SciPy gives no statistic of a correlation"),
    ("summary", "effects", "smd", "*", "no library has a standardised mean difference with its interval"),
    (
        "recommendations",
        "effects",
        "*",
        "*",
        "a group of this page alone; its estimators are verified in other methods",
    ),
    ("*", "effects", "*", "n", COUNTED),
    ("*", "effects", "*", "events", COUNTED),
    ("*", "curves", "*", "at_risk", COUNTED),
    ("*", "curves", "*", "events", COUNTED),
    ("*", "curves", "*", "censored", COUNTED),
)
UNKNOWN = "no second engine is asked for it"


def reason(method: str, shape: str, quantity: str, field: str) -> str:
    """Why `field` of a quantity has no second number."""
    asked = (method, shape, quantity, field)
    for *pattern, words in REASONS:
        if all(want in ("*", have) for want, have in zip(pattern, asked, strict=True)):
            return words
    return UNKNOWN


def declined(refusals: Mapping[str, str], long: str) -> str | None:
    """What a sheet says of `address#field`, or of the whole address."""
    address = long.partition("#")[0]
    return refusals.get(long, refusals.get(address))
