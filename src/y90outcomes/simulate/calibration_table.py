"""The calibration of a synthetic registry as a table of its report: printed margins beside achieved ones."""

from __future__ import annotations

import json
from pathlib import Path

from y90outcomes.errors import Fault, InputError
from y90outcomes.results import Note, Table, TableColumn
from y90outcomes.simulate.calibrate import fingerprint
from y90outcomes.simulate.settings import read_settings


def calibration_table(folder: Path) -> Table | None:
    """`derived/calibration.json` of a study folder as a `Table`; None where the study has none.

    Says "stale" when the page or the code that draws has changed since `make calibrate` wrote it. InputError when the
    file is not one.
    """
    path = folder / "derived" / "calibration.json"
    if not path.is_file():
        return None
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(
            (f"{name}, {statistic}", entry["where"], entry["unit"], printed, entry["achieved"][statistic],
             "yes" if entry["within"] else "no")
            for name, entry in made["margins"].items()
            for statistic, printed in entry["printed"].items()
            if statistic in entry["achieved"]
        )  # fmt: skip
        said = f"{made['patients']:,} simulated patients; {made['within']} of {made['of']} margins within tolerance"
        stale = made["fingerprint"] != fingerprint(read_settings(folder))
    except (KeyError, TypeError, ValueError):
        wrong = "not a calibration this version can read"
        raise InputError(Fault(str(path), wrong, action="run `make calibrate` again")) from None
    note = Note("stale", "stale: the simulation has changed since this was made; run `make calibrate`", "warning")
    return Table(
        id="calibration",
        title="Calibration of the synthetic registry",
        n=made["patients"],
        method="calibration",
        caption=f"{said}. A margin outside is explained in the study's README",
        notes=(note,) if stale else (),
        columns=(
            TableColumn("margin", "Margin"),
            TableColumn("where", "Printed in"),
            TableColumn("unit", "Unit"),
            TableColumn("printed", "Printed", "number"),
            TableColumn("achieved", "Achieved", "number"),
            TableColumn("within", "Within"),
        ),
        rows=rows,
    )
