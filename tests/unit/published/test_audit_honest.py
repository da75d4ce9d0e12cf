"""Papers written from real computations are never accused, however they round; changed digits are found."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from y90outcomes.estimators.cox import cox
from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival, survival_at
from y90outcomes.estimators.log_rank import log_rank
from y90outcomes.estimators.proportions import proportion
from y90outcomes.published.audit import Audit, audit
from y90outcomes.published.statistics import read_published_page

RULES = (ROUND_HALF_UP, ROUND_HALF_EVEN)


def shown(value: float, decimals: int, rule: str) -> float:
    return float(Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-decimals), rounding=rule))


def limits(low: float, high: float, decimals: int, rule: str) -> dict[str, Any]:
    ends = (shown(end, decimals, rule) if np.isfinite(end) else "not reached" for end in (low, high))
    return dict(zip(("low", "high"), ends, strict=True))


def response(hits: np.ndarray, group: np.ndarray, interval: str, rule: str) -> list[dict[str, Any]]:
    """Responders of either group with an interval, and of all."""
    made = []
    for g in (0, 1):
        count, of = int(hits[group == g].sum()), int((group == g).sum())
        rate = proportion(count, of, interval=interval)
        ends = limits(100 * rate.lower, 100 * rate.upper, 1, rule)
        made.append({
            "id": f"rate_{g}", "what": f"responders {g}", "kind": "proportion_ci", "precision": 1, "unit": "%",
            "value": shown(100 * count / of, 1, rule), "counts": {"numerator": count, "denominator": of}, "ci": ends,
        })  # fmt: skip
    count, of = int(hits.sum()), len(hits)
    made.append({
        "id": "rate_all", "what": "responders", "kind": "percent", "precision": 0, "unit": "%",
        "value": shown(100 * count / of, 0, rule), "counts": {"numerator": count, "denominator": of},
    })  # fmt: skip
    return made


def paper(seed: int) -> dict[str, Any]:
    """Two groups of random survival and response, printed as a paper prints them; conventions drawn too."""
    rng = np.random.default_rng(seed)
    rule = RULES[seed % 2]
    n = int(rng.integers(20, 90))
    group = (np.arange(n) % 2).astype(float)
    time = np.round(rng.exponential(20 / np.exp(rng.normal(0, 0.6) * group)) + 0.1, 1)
    censored = np.round(rng.uniform(5, 60, n), 1)
    event = (time <= censored).astype(float)
    time = np.minimum(time, censored)
    hits = rng.random(n) < 0.3 + 0.3 * group
    interval = ("wilson", "clopper_pearson", "wald", "agresti_coull")[seed % 4]
    entries = response(hits, group, interval, rule)
    relations: list[dict[str, Any]] = [{"kind": "sum", "parts": ["rate_0", "rate_1"], "equals": "rate_all#numerator"}]
    fitted = cox(time, event, group[:, None], ["group"]).terms[0]
    entries.append({
        "id": "os_hr", "what": "hazard ratio", "kind": "hazard_ratio", "precision": 2,
        "value": shown(fitted.hazard_ratio, 2, rule), "ci": limits(fitted.lower, fitted.upper, 2, rule),
    })  # fmt: skip
    tested = log_rank(time, event, group).test.p if seed % 3 == 0 else fitted.p
    small = tested < 0.001
    entries.append({
        "id": "os_hr_p", "what": "p of the hazard ratio", "kind": "p_value", "precision": 3,
        "value": 0.001 if small else shown(tested, 3, rule), "relation": "<" if small else "=",
    })  # fmt: skip
    curve = kaplan_meier(time, event, interval=("log-log", "log", "plain")[seed % 3])
    rates = {}
    for at, step in zip((12.0, 24.0), survival_at(curve, [12.0, 24.0]), strict=True):
        if step.valid and 0.02 < step.estimate < 0.98:
            name = f"os_{at:.0f}"
            entries.append({
                "id": name, "what": f"survival at {at:.0f}", "kind": "km_rate_ci", "precision": 1, "unit": "%",
                "n": n, "value": shown(100 * step.estimate, 1, rule),
                "ci": limits(100 * step.lower, 100 * step.upper, 1, rule),
            })  # fmt: skip
            rates[f"{at:.0f}"] = name
    median = median_survival(curve)
    entries.append({
        "id": "os_median", "what": "median survival", "kind": "km_median_ci", "precision": 1, "unit": "months", "n": n,
        "value": shown(median.estimate, 1, rule) if np.isfinite(median.estimate) else "not reached",
        "ci": limits(median.lower, median.upper, 1, rule),
    })  # fmt: skip
    if rates:
        relations.append({"kind": "curve", "rates": rates, "median": "os_median", "n": n})
    return {"paper": "invented", "statistics": entries, "relations": relations}


def audited(page: dict[str, Any], folder: Path) -> Audit:
    path = folder / "published.yaml"
    with path.open("w", encoding="utf-8") as stream:
        YAML().dump(page, stream)
    return audit(read_published_page(path))


@pytest.mark.parametrize("seed", range(24))
def test_an_honest_paper_is_not_accused(tmp_path, seed):
    found = audited(paper(seed), tmp_path)
    assert [(entry.ids, entry.detail) for entry in found.findings if entry.verdict != "remark"] == []
    assert not {"disagrees", "last_digit"} & set(found.counts)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("wrong", ["rate_0", "os_hr", "rate_all", "os_median"])
def test_a_changed_digit_is_found(tmp_path, seed, wrong):
    page = paper(seed)
    entry = next(entry for entry in page["statistics"] if entry["id"] == wrong)
    if wrong == "os_median":
        page["statistics"].append({**entry, "id": "os_median_text", "what": "median survival (text)", "value": 99.9})
    elif wrong == "os_hr":
        entry["value"] = round(10 * entry["value"], 2)  # a slipped decimal point
    else:
        entry["value"] = entry["value"] + 4
    found = audited(page, tmp_path)
    names = {name for finding in found.findings if finding.verdict != "remark" for name in finding.ids}
    assert wrong in names
