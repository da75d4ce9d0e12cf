"""Nasty data for estimators, and what every number of an answer must be whatever the data."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MAIN = ("estimate", "hazard_ratio", "odds_ratio")
"""Names of the number that lower and upper are about."""
PROBABILITIES = {"p"}


@dataclass(frozen=True)
class World:
    """n subjects. `x` and `z` are covariates, `dummies` those of a factor of three levels, `score` a whole number."""

    time: Array
    event: Array
    state: Array
    x: Array
    z: Array
    dummies: Array
    group: NDArray[Any]
    cluster: NDArray[Any]

    @property
    def n(self) -> int:
        return len(self.time)

    @property
    def design(self) -> Array:
        return np.column_stack([self.x, self.z, self.dummies])

    @property
    def rows(self) -> tuple[Array, Array]:
        """x of the two groups, "a" and "b"."""
        return self.x[self.group == "a"], self.x[self.group == "b"]

    @property
    def three(self) -> list[Array]:
        return [self.x[self.group == name] for name in "abc"]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Events and subjects in group a, events and subjects in group b."""
        of = [self.event[self.group == name] for name in "ab"]
        return int(of[0].sum()), len(of[0]), int(of[1].sum()), len(of[1])

    @property
    def table(self) -> Array:
        """Groups a, b, c against event 0, 1."""
        return np.array([[int(((self.group == g) & (self.event == e)).sum()) for e in (0, 1)] for g in "abc"])

    @property
    def square(self) -> Array:
        """Two readings, event and the upper half of x, 2 × 2."""
        high = self.x > np.sort(self.x)[(self.n - 1) // 2] if self.n else self.x > 0
        return np.array([[int(((self.event == e) & (high == h)).sum()) for h in (False, True)] for e in (0, 1)])


def plain(n: int = 24) -> World:
    """An unremarkable world, the same every time."""
    rng = np.random.default_rng(20250101)
    x, z = rng.uniform(40.0, 300.0, n), rng.normal(0.0, 1.0, n)
    level = np.arange(n) % 3
    event = (rng.uniform(size=n) < 1.0 / (1.0 + np.exp(-(x - 170.0) / 120.0))).astype(float)
    return World(
        time=np.round(rng.exponential(12.0, n), 1) + 0.1,
        event=event,
        state=event + (rng.uniform(size=n) < 0.4) * event,
        x=x,
        z=z,
        dummies=np.column_stack([level == 1, level == 2]).astype(float),
        group=np.array(list("abc"))[np.arange(n) * 7 % 3],
        cluster=np.arange(n) // 3,
    )


def some(n: int) -> World:
    """The first n subjects of the plain world."""
    made = plain()
    return World(**{field.name: getattr(made, field.name)[:n] for field in dataclasses.fields(made)})


def events(made: World, event: Array) -> World:
    return replace(made, event=event.astype(float), state=event.astype(float))


BASE = plain()
WORLDS: Mapping[str, World] = {
    "plain": BASE,
    "nobody": some(0),
    "one patient": events(some(1), np.ones(1)),
    "one patient, censored": events(some(1), np.zeros(1)),
    "two patients": events(some(2), np.array([0.0, 1.0])),
    "three patients": some(3),
    "all censored": events(BASE, np.zeros(BASE.n)),
    "everybody an event": events(BASE, np.ones(BASE.n)),
    "one event": events(BASE, np.eye(1, BASE.n, 5)[0]),
    "no event in a group": events(BASE, BASE.event * (BASE.group != "a")),
    "ties everywhere": replace(BASE, time=np.full(BASE.n, 5.0), x=100.0 * np.round(BASE.x / 100.0), z=np.round(BASE.z)),
    "ties, all of one time and value": replace(BASE, time=np.full(BASE.n, 5.0), x=np.full(BASE.n, 7.0)),
    "zero time for some": replace(BASE, time=np.where(np.arange(BASE.n) < 8, 0.0, BASE.time)),
    "zero time for all": replace(BASE, time=np.zeros(BASE.n)),
    "constant covariate": replace(BASE, x=np.full(BASE.n, 0.1)),
    "zero covariate": replace(BASE, x=np.zeros(BASE.n)),
    "perfect separation": events(BASE, BASE.x > np.median(BASE.x)),
    "quasi separation": events(replace(BASE, x=np.floor(BASE.x / 90.0)), np.floor(BASE.x / 90.0) > 1.0),
    "events in order of x": replace(events(BASE, np.ones(BASE.n)), time=400.0 - BASE.x),
    "collinear columns": replace(BASE, z=2.0 * BASE.x),
    "nearly collinear columns": replace(BASE, z=BASE.x * (1.0 + 1e-14)),
    "collinear with a factor": replace(BASE, z=BASE.dummies.sum(axis=1)),
    "an empty level": replace(BASE, dummies=np.column_stack([BASE.dummies[:, 0], np.zeros(BASE.n)])),
    "an empty group": replace(BASE, group=np.where(BASE.group == "b", "a", BASE.group)),
    "one group": replace(BASE, group=np.full(BASE.n, "a")),
    "one cluster": replace(BASE, cluster=np.zeros(BASE.n, dtype=np.int64)),
    "every subject a cluster": replace(BASE, cluster=np.arange(BASE.n)),
    "huge": replace(BASE, x=BASE.x * 1e300, z=BASE.z * 1e299),
    "tiny": replace(BASE, x=BASE.x * 1e-300, z=BASE.z * 1e-300),
    "as large as a double": replace(BASE, x=np.where(np.arange(BASE.n) % 2 == 0, 1.7e308, -1.7e308)),
    "huge and tiny": replace(BASE, x=np.where(np.arange(BASE.n) % 2 == 0, BASE.x * 1e300, BASE.x * 1e-300)),
    "huge times": replace(BASE, time=BASE.time * 1e300),
    "tiny times": replace(BASE, time=BASE.time * 1e-300),
    "far from nought": replace(BASE, x=1e9 + BASE.x / 300.0),
}


def with_missing(field: str) -> World:
    """The plain world with one missing value in `field`."""
    value: NDArray[Any] = np.array(getattr(BASE, field), dtype=object if field in ("group", "cluster") else float)
    value[3] = None if value.dtype == object else np.nan
    return replace(BASE, **{field: value})


def parts(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every record of an answer with where it stands, however deep, and every bare number."""
    if value is None or isinstance(value, str | bool | np.bool_):
        return
    if isinstance(value, float | int | np.number | np.ndarray):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from parts(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from parts(inner, f"{where}[{number}]")
    elif dataclasses.is_dataclass(value):
        yield where, value
        for field in dataclasses.fields(value):
            if not field.name.startswith("_"):
                yield from parts(getattr(value, field.name), f"{where}.{field.name}")


def faults(answer: Any, infinite: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with the numbers of an answer. `infinite` names fields in which infinity is an answer."""
    return [
        f"{where or 'answer'}: {fault}" for where, part in parts(answer) for fault in _faults(where, part, infinite)
    ]


def _faults(where: str, part: Any, infinite: tuple[str, ...]) -> Iterator[str]:
    last = where.rsplit(".", 1)[-1].split("[")[0]
    if not dataclasses.is_dataclass(part):
        array = np.asarray(part, dtype=float)
        if np.isinf(array).any() and last not in infinite:
            yield "is infinite"
        if last in PROBABILITIES and ((array < 0.0) | (array > 1.0)).any():
            yield f"is no probability: {part}"
        return
    has = {field.name for field in dataclasses.fields(part)}
    reason = getattr(part, "reason", "")
    if "valid" in has and not part.valid and not reason:
        yield "is invalid without a reason"
    for main in [name for name in MAIN if name in has and isinstance(getattr(part, name), float)]:
        yield from _interval(part, getattr(part, main), reason)
    if {"p", "name", "statistic"} <= has and math.isnan(part.p) and not reason:
        yield "has no p and no reason"


def _interval(part: Any, value: float, reason: str) -> Iterator[str]:
    if not getattr(part, "valid", True) and not math.isnan(value) and type(part).__name__ != "Reported":
        yield f"is invalid and shows {value}"
    for name, number in (("estimate", value), ("lower", part.lower), ("upper", part.upper)):
        if math.isnan(number) and name not in part.not_reached and not reason:
            yield f"{name} is NaN without a reason"
    if part.lower > value + 1e-12 * abs(value) or part.upper < value - 1e-12 * abs(value):
        yield f"{value} lies outside {part.lower} to {part.upper}"


def numbers(answer: Any, keep: Callable[[str], bool] = lambda where: True) -> Array:
    """Every bare number of an answer in one array, of the places `keep` says yes to."""
    found = [
        np.asarray(part, dtype=float).reshape(-1)
        for where, part in parts(answer)
        if not dataclasses.is_dataclass(part) and keep(where)
    ]
    return np.concatenate(found) if found else np.zeros(0)
