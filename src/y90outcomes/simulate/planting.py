"""How a fault is planted: the tables it is written into, the cells it touches, and where those stand in the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.schema import Schema
from y90outcomes.simulate.centres import Style
from y90outcomes.simulate.sheets import Sheet
from y90outcomes.simulate.truth import Tables

PATIENT = ["centre", "patient_id"]


@dataclass(frozen=True, slots=True)
class Touch:
    """One cell: a canonical row by its label, or (label -1) a raw row of a sheet; neither means a whole column."""

    table: str
    column: str
    label: int = -1
    sheet: str = ""
    position: int = -1
    centre: str = ""
    """Where it is another than the fault's."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault and every cell it touches."""

    name: str
    rule: str
    centre: str
    touches: tuple[Touch, ...]

    def lines(self, number: int, sheets: Mapping[str, Sequence[Sheet]]) -> list[dict[str, Any]]:
        """The lines of faults.csv, once the sheets (by centre) know their files."""
        rows = []
        for touch in self.touches:
            centre = touch.centre or self.centre
            file, row = _where(touch, sheets[centre])
            rows.append({"fault": f"{self.name}_{number:03d}", "centre": centre, "file": file, "row": row,
                         "table": touch.table, "column": touch.column, "rule": self.rule})  # fmt: skip
        return rows


def _where(touch: Touch, sheets: Sequence[Sheet]) -> tuple[str, int | None]:
    for sheet in sheets:
        if touch.label >= 0:
            for placed in sheet.placed:
                at = np.flatnonzero(placed.truth == touch.label)
                if placed.block.table == touch.table and len(at):
                    return sheet.file, sheet.row(int(placed.rows[at[0]]))
        elif touch.position >= 0:
            if sheet.name == touch.sheet:
                return sheet.file, sheet.row(touch.position)
        elif any(placed.block.table == touch.table for placed in sheet.placed):
            return sheet.file, None
    raise LookupError(f"{touch.table}.{touch.column} stands in no sheet")


@dataclass(slots=True)
class Work:
    """What faults are planted in: the dirty canonical tables, then the raw sheets, and the patients already used."""

    tables: Tables
    clean: Tables
    styles: Mapping[str, Style]
    schema: Schema
    rng: np.random.Generator
    sheets: dict[str, list[Sheet]] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)

    def pick(self, table: str, mask: pd.Series | np.ndarray, count: int = 1) -> list[int]:
        """Labels of `count` random rows of a table where `mask` holds, of patients without a fault; fewer if there are
        no more. One row per patient."""
        frame = self.clean[table]
        flags = pd.Series(np.asarray(mask, dtype=object), index=frame.index).eq(True)
        rows = frame[flags]
        keys = list(zip(rows["centre"], rows["patient_id"], strict=True))
        order = self.rng.permutation(len(rows))
        chosen: list[int] = []
        for at in order:
            if keys[at] not in self.used:
                self.used.add(keys[at])
                chosen.append(int(rows.index[at]))
                if len(chosen) == count:
                    break
        return chosen

    def of_patient(self, table: str, centre: str, patient: str) -> pd.DataFrame:
        """The clean rows of one patient."""
        frame = self.clean[table]
        return frame[(frame["centre"] == centre) & (frame["patient_id"] == patient)]

    def put(self, table: str, label: int, column: str, value: object) -> Touch:
        """Overwrite one cell of a dirty table."""
        frame: Any = self.tables[table]
        frame.loc[label, column] = value
        return Touch(table, column, label)

    def append(self, table: str, rows: pd.DataFrame) -> list[int]:
        """Add rows below a dirty table; their labels."""
        frame = self.tables[table]
        first = len(frame)
        rows = rows.set_axis(range(first, first + len(rows)))
        self.tables[table] = pd.concat([frame, rows.astype(frame.dtypes.to_dict())])
        return list(rows.index)

    def days(self, table: str) -> pd.Series:
        """Day from treatment of each row of a clean table."""
        frame = self.clean[table]
        start = self.clean["treatments"].set_index(PATIENT)["date"]
        began = start.reindex(pd.MultiIndex.from_frame(frame[PATIENT])).to_numpy()
        elapsed = pd.Series(frame["date"].to_numpy() - began, index=frame.index).dt.total_seconds() / 86_400
        return frame["day"].where(frame["day"].notna(), elapsed)

    def event_day(self, table: str, event: str) -> pd.Series:
        """Day of a follow-up event of each row's patient, NaN without."""
        follow_up = self.clean["follow_up"]
        chosen = follow_up["event"] == event
        found = pd.Series(self.days("follow_up")[chosen].to_numpy(),
                          index=pd.MultiIndex.from_frame(follow_up[chosen][PATIENT]))  # fmt: skip
        frame = self.clean[table]
        return pd.Series(found.reindex(pd.MultiIndex.from_frame(frame[PATIENT])).to_numpy(), index=frame.index)

    def move(self, table: str, label: int, to_day: float, prefix: str = "") -> Touch:
        """Date a row `to_day` days from treatment, in the way its centre gives dates."""
        row: Any = self.clean[table].loc[label]
        if not self.styles[row["centre"]].dates:
            return self.put(table, label, f"{prefix}day", float(to_day))
        treated = self.of_patient("treatments", row["centre"], row["patient_id"])["date"].iloc[0]
        return self.put(table, label, f"{prefix}date", treated + pd.Timedelta(days=int(to_day)))


def only(work: Work, name: str, rule: str, table: str, mask: Any, change: Callable[[int], list[Touch]]) -> Fault | None:
    """One fault on one random row that fits."""
    chosen = work.pick(table, mask)
    if not chosen:
        return None
    centre = str(work.clean[table].loc[chosen[0], "centre"])
    return Fault(name, rule, centre, tuple(change(chosen[0])))


def cell(
    work: Work, name: str, rule: str, table: str, column: str, mask: Any, text: Callable[[Style, str, pd.Series], str]
) -> Fault | None:
    """One raw cell overwritten."""
    frame: Any = work.clean[table]
    chosen = work.pick(table, mask & (frame[column].notna() if column in frame else True))
    if not chosen:
        return None
    label, row = chosen[0], frame.loc[chosen[0]]
    style = work.styles[str(row["centre"])]
    for sheet in work.sheets[style.name]:
        for placed in sheet.placed:
            at = np.flatnonzero(placed.truth == label)
            if placed.block.table == table and len(at) and column in placed.headings:
                head, position = placed.headings[column][0], int(placed.rows[at[0]])
                place = list(sheet.frame.columns).index(head)
                sheet.frame.iloc[position, place] = text(style, str(sheet.frame.iloc[position, place]), row)
                return Fault(name, rule, style.name, (Touch(table, column, label),))
    return None
