"""ROC curves, accuracy and agreement by scikit-learn.

Traps stepped around: roc_curve drops points in a line unless told not to, and its first threshold is infinite.
scikit-learn has no variance of an area (DeLong's or Obuchowski's) and none of a likelihood ratio.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.estimators.second.trial import asked

Floats = npt.NDArray[np.float64]
SKLEARN = "scikit-learn"


def area(score: Floats, event: npt.NDArray[np.bool_]) -> float:
    """roc_auc_score of a score whose greater values speak for the event."""
    with asked(SKLEARN):
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(event, score))


def curve(score: Floats, event: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """roc_curve: fpr, tpr, threshold of every distinct score, the infinite one first."""
    with asked(SKLEARN):
        from sklearn.metrics import roc_curve

        fpr, tpr, threshold = roc_curve(event, score, drop_intermediate=False)
        return {"fpr": fpr, "tpr": tpr, "threshold": threshold}


def at_cutoff(positive: npt.NDArray[np.bool_], event: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Cells and shares of a classification: tn, fp, fn, tp, sensitivity, specificity, ppv, npv, accuracy, ratios."""
    with asked(SKLEARN):
        from sklearn.metrics import accuracy_score, class_likelihood_ratios, confusion_matrix

        tn, fp, fn, tp = (int(x) for x in confusion_matrix(event, positive, labels=[False, True]).ravel())
        found: dict[str, Any] = {"tn": tn, "fp": fp, "fn": fn, "tp": tp, "accuracy": accuracy_score(event, positive)}
    with asked(SKLEARN):
        from sklearn.metrics import precision_score, recall_score

        for name, made, label in (("sensitivity", recall_score, True), ("specificity", recall_score, False),
                                  ("ppv", precision_score, True), ("npv", precision_score, False)):  # fmt: skip
            found[name] = float(made(event, positive, pos_label=label, zero_division=np.nan))
        if min(tn, fp, fn, tp) > 0:
            found["lr_positive"], found["lr_negative"] = (float(x) for x in class_likelihood_ratios(event, positive))
    return found


def kappa(first: npt.NDArray[Any], second: npt.NDArray[Any], levels: list[str], weights: str) -> float:
    """cohen_kappa_score of two readings (n,) of the same levels in order."""
    with asked(SKLEARN):
        from sklearn.metrics import cohen_kappa_score

        return float(
            cohen_kappa_score(first, second, labels=levels, weights=None if weights == "unweighted" else weights)
        )


def kappa_table(table: npt.NDArray[np.int64], weights: str, level: float) -> dict[str, float]:
    """statsmodels' kappa of a square table with its limits."""
    from scipy.stats import norm

    with asked("statsmodels"):
        from statsmodels.stats.inter_rater import cohens_kappa

        wt = {"unweighted": None, "linear": "linear", "quadratic": "quadratic"}[weights]
        made = cohens_kappa(table, wt=wt)
        half = float(norm.ppf((1.0 + level) / 2.0)) * float(made.std_kappa)
        return {
            "estimate": float(made.kappa), "se": float(made.std_kappa), "statistic": float(made.z_value),
            "p": float(made.pvalue_two_sided), "lower": float(made.kappa) - half, "upper": float(made.kappa) + half,
        }  # fmt: skip
