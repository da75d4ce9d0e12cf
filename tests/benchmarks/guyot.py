"""Guyot's algorithm as published (BMC Med Res Methodol 2012;12:9), point by point, the twin ours is measured against.

Points come cleaned, everything after that is independent of ours: censored numbers by trial, events by rounding at the
points, censorings evenly spread, the last interval by the rate so far or the total of events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Twin:
    time: np.ndarray
    event: np.ndarray


def guyot(times: np.ndarray, heights: np.ndarray, at: np.ndarray, numbers: np.ndarray, total: int | None) -> Twin:
    numbers, last = [int(n) for n in numbers], len(numbers) - 1
    first = [0, *(int(np.argmax(times >= t - 1e-9)) for t in at[1:]), len(times)]
    edges = [*at.tolist(), float(times[-1])]
    deaths, censored, height = [0] * len(times), [0] * len(numbers), 1.0

    def pass_through(i: int, c: int, height: float) -> tuple[list[int], float]:
        gone = [edges[i] + j * (edges[i + 1] - edges[i]) / (c + 1) for j in range(1, c + 1)]
        made: list[int] = []
        for k in range(first[i], first[i + 1]):
            risk = numbers[i] - sum(made) - sum(x < times[k] for x in gone)
            d = round(risk * (1.0 - heights[k] / height)) if risk > 0 and height > 0.0 else 0
            d = min(max(d, 0), max(risk, 0))
            height *= 1.0 - d / risk if d else 1.0
            made.append(d)
        return made, height

    for i in range(last):
        start, end = heights[first[i]], heights[min(first[i + 1], len(times) - 1)]
        c = max(round(numbers[i] * end / start) - numbers[i + 1], 0) if start > 0.0 else 0
        for _ in range(100):
            made, reached = pass_through(i, c, height)
            excess = numbers[i] - sum(made) - c - numbers[i + 1]
            if excess == 0 or (excess < 0 and c == 0):
                break
            c = max(c + excess, 0)
        numbers[i + 1] = min(numbers[i + 1], numbers[i] - sum(made) - c)
        deaths[first[i] : first[i + 1]], censored[i], height = made, c, reached
    c = 0
    if last:
        c = min(round(sum(censored) * (edges[-1] - edges[last]) / (edges[last] - edges[0])), numbers[last])
    made, _ = pass_through(last, c, height)
    for _ in range(200 if total is not None else 0):
        if sum(deaths[: first[last]]) >= (total or 0):
            c, made = 0, [0] * len(made)
            break
        excess = sum(deaths[: first[last]]) + sum(made) - (total or 0)
        if excess == 0 or (excess < 0 and c == 0):
            break
        c, before = min(max(c + excess, 0), numbers[last]), c
        if c == before:
            break
        made, _ = pass_through(last, c, height)
    deaths[first[last] :], censored[last] = made, min(c, numbers[last] - sum(made))
    gone = [edges[i] + j * (edges[i + 1] - edges[i]) / (c + 1) for i, c in enumerate(censored) for j in range(1, c + 1)]
    left = int(numbers[0]) - sum(deaths) - len(gone)
    time = np.concatenate([np.repeat(times, deaths), gone, np.full(max(left, 0), times[-1])])
    return Twin(time, np.arange(len(time)) < sum(deaths))
