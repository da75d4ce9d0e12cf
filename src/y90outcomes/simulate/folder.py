"""A whole synthetic study folder: its centres' files, their mapping pages, the truth and the faults beside."""

from __future__ import annotations

import functools
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from y90outcomes.errors import Fault, InputError
from y90outcomes.results.whole import whole_folder
from y90outcomes.schema import load_schema
from y90outcomes.simulate.faults import FAULT_COLUMNS, plant
from y90outcomes.simulate.files import write_files
from y90outcomes.simulate.model import Drawn, Model
from y90outcomes.simulate.models import MODELS
from y90outcomes.simulate.pages import mapping_page
from y90outcomes.simulate.settings import FILE, Settings, read_settings
from y90outcomes.simulate.sheets import Sheet, build_sheets
from y90outcomes.simulate.truth import Tables

PARTS = ("study.yaml", FILE, "README.md", "centres", "data", "truth")
"""What a simulated study folder holds; a folder with anything else in it is not replaced."""
FAULT_SETS = ("documented", "none")


def write_registry(
    study: Path, patients: int, seed: int, faults: str, out: Path, progress: Callable[[str, int, int], None]
) -> Path:
    """Write the study folder `out`, whole or not at all.

    study     folder with study.yaml and simulation.yaml, both copied
    patients  at least one per centre of the model
    faults    "documented" plants the faults listed in truth/faults.csv; "none" plants none
    raises    InputError for a simulation page with faults, too few patients, a fault set unknown or not of this model,
              or an `out` that holds something else
    """
    settings = read_settings(study)
    model = MODELS[settings.model]
    problems = []
    if patients < len(model.styles):
        problems.append(Fault("--patients", f"got {patients}", f"at least {len(model.styles)}, one per centre"))
    if seed < 0:
        problems.append(Fault("--seed", f"got {seed}", "a whole number from 0"))
    if faults not in FAULT_SETS:
        problems.append(Fault("--faults", f"got {faults!r}", " or ".join(FAULT_SETS)))
    elif faults == "documented" and not model.faults:
        problems.append(Fault("--faults", f"the model {settings.model} has no documented faults", "none"))
    problems += _occupied(study, out)
    if problems:
        raise InputError(problems)
    with whole_folder(out) as part:
        _fill(settings, model, study, patients, seed, faults, part, progress)
    return out


def _occupied(study: Path, out: Path) -> list[Fault]:
    if not out.exists():
        return []
    if not out.is_dir():
        return [Fault(str(out), "is a file", "a folder", "give another --out")]
    if out.resolve() == study.resolve() or out.resolve() in study.resolve().parents:
        return [Fault(str(out), "holds the study itself", "another folder", "give another --out")]
    others = sorted(path.name for path in out.iterdir() if path.name not in PARTS)
    if others or not (not any(out.iterdir()) or (out / "truth").is_dir()):
        return [Fault(str(out), "holds something a simulation did not write", "a new, empty or simulated folder",
                      "give another --out, or empty the folder")]  # fmt: skip
    return []


def _fill(
    settings: Settings, model: Model, study: Path, patients: int, seed: int, faults: str, out: Path,
    progress: Callable[[str, int, int], None],
) -> None:  # fmt: skip
    schema, styles = load_schema(), model.styles
    progress("drawing patients", 0, len(styles) + 1)
    drawn = model.draw(settings, patients, seed)
    rng = np.random.default_rng([seed, 1])
    (out / "centres").mkdir(parents=True)
    (out / "truth").mkdir()
    tables = {name: frame.assign(source_file="", source_sheet="", source_row=0) for name, frame in drawn.tables.items()}
    if faults == "documented":
        _dirty, sheets_of, pending = plant(styles, drawn.tables, schema, rng, max(1, round(patients / 100)))
    else:
        sheets_of = {style.name: build_sheets(style, drawn.tables, schema, model.planned) for style in styles}
        pending = []
    for done, style in enumerate(styles, start=1):
        progress(f"writing {style.name}", done, len(styles) + 1)
        sheets = sheets_of[style.name]
        write_files(style, sheets, out)
        for sheet in sheets:
            _locate(tables, sheet)
        page = _yaml(mapping_page(style, sheets, schema, model.same))
        head = (
            "# Synthetic: invented patients of an invented centre, written by `y90 simulate`; no hospital is meant.\n"
        )
        (out / "centres" / f"{style.name}.yaml").write_text(head + page, encoding="utf-8")
    for name, frame in tables.items():
        frame.to_parquet(out / "truth" / f"{name}.parquet", index=False)
    drawn.derived(tables).to_parquet(out / "truth" / "derived.parquet", index=False)
    planted = [line for number, fault in enumerate(pending, start=1) for line in fault.lines(number, sheets_of)]
    lines = pd.DataFrame(planted, columns=list(FAULT_COLUMNS)).astype({"row": "Int64"})
    lines.to_csv(out / "truth" / "faults.csv", index=False, lineterminator="\n")
    page = _parameters(settings, model, drawn, patients, seed, faults)
    (out / "truth" / "parameters.yaml").write_text(page, encoding="utf-8")
    for name in ("study.yaml", FILE):
        if (study / name).is_file():
            shutil.copyfile(study / name, out / name)
    (out / "README.md").write_text(
        f"# Synthetic registry\n\nEvery patient here is invented. Written by `y90 simulate` (seed {seed}, {patients} "
        f"patients, faults: {faults}) from `{FILE}`.\n`truth/` holds what was drawn; the loader never reads it.\n",
        encoding="utf-8",
    )


def _locate(tables: Tables, sheet: Sheet) -> None:
    """Write into the truth where each row stands."""
    for placed in sheet.placed:
        frame = tables[placed.block.table]
        known = placed.truth < len(frame)  # a planted fault may have added rows
        at = placed.truth[known]
        for column, value in (("source_file", sheet.file), ("source_sheet", sheet.sheet)):
            values = frame[column].to_numpy(dtype=object, copy=True)
            values[at] = value
            frame[column] = values
        rows = frame["source_row"].to_numpy(copy=True)
        rows[at] = sheet.first_row + placed.rows[known]
        frame["source_row"] = rows


def _yaml(page: object) -> str:
    """A page of text keys and plain values."""
    return _dumped(json.dumps(page))


@functools.lru_cache(maxsize=64)
def _dumped(page: str) -> str:
    """Kept by the whole content: the pages of a centre are mostly the same whatever is drawn."""
    yaml = YAML()
    yaml.width = 100_000  # a flow mapping broken inside a plain key would not be read back
    yaml.default_flow_style = None
    out = io.StringIO()
    yaml.dump(json.loads(page), out)
    return out.getvalue()


def _parameters(settings: Settings, model: Model, drawn: Drawn, patients: int, seed: int, faults: str) -> str:
    """Every coefficient, baseline hazard, correlation and the seed."""
    page = {
        "seed": seed, "patients": patients, "faults": faults, "simulation_fingerprint": settings.fingerprint,
        "centres": {style.name: {"weight": style.weight, "form": style.form, "language": style.language}
                    for style in model.styles},
        **drawn.parameters,
        "assumptions": _plain(settings.assumptions), "margins": _plain(settings.margins),
    }  # fmt: skip
    return "# What this synthetic registry was drawn from.\n" + _yaml(page)


def _plain(value: Any) -> Any:
    return {str(key): _plain(item) for key, item in value.items()} if hasattr(value, "items") else value
