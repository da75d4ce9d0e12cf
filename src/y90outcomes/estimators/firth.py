"""Firth's penalty of the logistic likelihood: half the log determinant of the information (Jeffreys' prior)."""

from __future__ import annotations

import numpy as np

from y90outcomes.estimators.numbers import Floats


def penalty(design: Floats, weight: Floats, skew: Floats, curve: Floats) -> tuple[float, Floats, Floats]:
    """½ log det X'WX of a design (n, p), its gradient (p,) and its exact second derivatives (p, p).

    weight (n,) is w = π(1 − π), skew and curve (n,) its first and second derivatives by the linear predictor. The
    gradient is X'h(½ − π) with the diagonal h of the hat matrix, as in the modified score of Firth, Biometrika
    1993;80:27, 10.1093/biomet/80.1.27, and Heinze and Schemper, Stat Med 2002;21:2409, 10.1002/sim.1047 (R's
    `logistf::logistf`). −∞ with zeros where the information has no inverse in a double.
    """
    p = design.shape[1]
    nothing = (-np.inf, np.zeros(p), np.zeros((p, p)))
    with np.errstate(all="ignore"):
        information = (design.T * weight) @ design
    if not np.isfinite(information).all():
        return nothing
    try:
        root = np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return nothing
    diagonal = np.diag(root)
    if not (diagonal > 0.0).all():
        return nothing
    white = np.linalg.solve(root, design.T)  # (p, n); columns of unit length carry the hat values
    leverage = (white**2).sum(axis=0)
    value = float(np.log(diagonal).sum())
    gradient = 0.5 * design.T @ (skew * leverage)
    # Second derivatives: ½ tr(I⁻¹ ∂²I) − ½ tr(I⁻¹ ∂I I⁻¹ ∂I), one whitened derivative of the information per column.
    first = 0.5 * (design.T * (curve * leverage)) @ design
    moved = np.stack([((white * (skew * design[:, r])) @ white.T).ravel() for r in range(p)])
    return value, gradient, first - 0.5 * moved @ moved.T
