"""A study folder whose keys and dates are safe to share: keyed hashes for keys, one shift per patient for dates.

The copy holds the canonical tables of every centre as plain CSV with a mapping page of its own, so nothing that was not
mapped comes along: no raw file, no unmapped column, no query list. Patient keys become truncated HMAC-SHA256 of centre
and key. Each patient's dates move back together by 1 to 365 days, drawn from the same secret; the birth year moves
with the year of first treatment. Intervals, day numbers and ages stay, so analyses give the same results; what
depends on the calendar itself (a season, an enrolment period) does not, and how precisely a date was known is not kept.
The secret never enters the copy; without it neither keys nor shifts can be found again, with it the same copy is made.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from y90outcomes.errors import Fault, FindingsError, InputError
from y90outcomes.registry.check_rows import PATIENT, first_treatment, look_up
from y90outcomes.registry.parts import PRECISION
from y90outcomes.registry.queries_answers import harmless
from y90outcomes.registry.read import Registry, read_registry, read_with_raw
from y90outcomes.results.whole import whole_folder
from y90outcomes.schema import MULTIPLE, PROVENANCE, Column, Schema, TableSchema
from y90outcomes.units import canonical_unit

DIGITS = 16
"""Hexadecimal digits of a pseudonym; more where two keys would share one."""

LONGEST_SHIFT = 365
LEAST_KEY = 32
"""Characters a key file must hold."""

COPIED = (
    "study.yaml", "published.yaml", "printed.yaml", "reconstruction.yaml", "denominators.yaml",
    "derived/reconstruction.json", "derived/denominators.json",
)  # fmt: skip
"""Pages of a study that name no patient, and what was derived from printed numbers."""


def pseudonymise(
    folder: Path, out: Path, key_file: Path, *, centres: list[str] | None = None, cutoff: date | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Path]:  # fmt: skip
    """Write the copy of the study in `folder` into the new folder `out`; its files, sorted. Whole or not at all.

    key_file  holds the secret (at least LEAST_KEY characters); made with a random one when absent, readable by its
              owner alone. It may not lie in `out`
    cutoff    the protocol's data cut-off: dates of follow-up beyond it are refused, because a shift would carry them
              across
    options   `on_invalid_cell`, `reason`, `rules` as in `read_registry`

    InputError: a folder that is not empty, a weak key, a copy whose tables are not those of the original but for keys
    and dates (text that names persons is refused again here). FindingsError, without values: blocking issues.
    """
    target = out.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(Fault(str(out), "the folder is not empty", "a new folder", "name another one"))
    if key_file.resolve().is_relative_to(target) or target.is_relative_to(folder.resolve()):
        raise InputError(
            Fault(str(key_file if key_file.resolve().is_relative_to(target) else out),
                  "the key, the study and its copy must lie apart", action="name a place outside the other")
        )  # fmt: skip
    secret = _secret(key_file)
    settings = dict(options or {})
    registry, inputs = read_with_raw(folder, centres, door=False, **settings)
    if registry.blocking:
        raise FindingsError([replace(item, value="") for item in registry.issues])
    origins = {mapping.centre: mapping.origin for mapping, _file, _raw in inputs}
    safe = _safe(registry, secret, cutoff)
    with whole_folder(target) as new:
        for name in COPIED:
            if (folder / name).is_file():
                (new / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(folder / name, new / name)
        for centre, origin in sorted(origins.items()):
            _write_centre(new, centre, origin, safe, registry.schema)
        _verify(safe, read_registry(new, centres, **settings), registry.schema)
    return sorted(path for path in target.rglob("*") if path.is_file())


def _secret(path: Path) -> bytes:
    """The secret of a key file, made when there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32) + "\n")
    content = path.read_bytes().strip() if path.is_file() and path.stat().st_size < 100_000 else b""
    if len(content) < LEAST_KEY:
        raise InputError(
            Fault(str(path), "too short for a key", f"a file of at least {LEAST_KEY} random characters",
                  "name a file that does not exist yet: it is made with a random key")
        )  # fmt: skip
    return content


def _digest(secret: bytes, *words: str) -> bytes:
    return hmac.new(secret, "\x1f".join(words).encode("utf-8"), hashlib.sha256).digest()


def _safe(registry: Registry, secret: bytes, cutoff: date | None) -> dict[str, pd.DataFrame]:
    """The tables with keys and dates replaced; sorted as before."""
    patients = registry.tables["patients"]
    keys = pd.concat([frame[PATIENT] for frame in registry.tables.values()]).drop_duplicates().astype(str)
    pairs = list(keys.itertuples(index=False, name=None))
    pseudonyms = _unique({pair: _digest(secret, "key", *pair).hex() for pair in pairs})
    index = pd.MultiIndex.from_tuples(pairs, names=PATIENT)
    names = pd.Series([pseudonyms[pair] for pair in pairs], index=index, dtype="string")
    shifts = [1 + int.from_bytes(_digest(secret, "shift", *pair)[:8]) % LONGEST_SHIFT for pair in pairs]
    shift = pd.Series(shifts, index=index, dtype="int64")
    embedded = _embedded(registry)
    made = {}
    for name, frame in registry.tables.items():
        table = registry.schema.tables[name]
        plain = frame.assign(**{column: frame[column].astype(object) for column in PATIENT})
        days = pd.to_timedelta(look_up(plain, shift), unit="D")
        changed: dict[str, pd.Series] = {"patient_id": look_up(plain, names).astype("string")}
        for column in table.columns.values():
            if column.type == "date":
                if name == "follow_up" and cutoff is not None and (frame[column.name] > pd.Timestamp(cutoff)).any():
                    beyond = int((frame[column.name] > pd.Timestamp(cutoff)).sum())
                    raise InputError(
                        Fault(f"{name}.{column.name}", f"{beyond} dates lie after the data cut-off of the protocol",
                              "follow-up until the cut-off", "leave out what happened later, then pseudonymise")
                    )  # fmt: skip
                changed[column.name] = (frame[column.name] - days).astype("datetime64[s]")
        if "lesion_id" in table.columns and embedded:
            hashed = frame["centre"].isin(sorted(embedded))
            texts = [
                _digest(secret, "lesion", str(c), str(p), str(v)).hex()[:8] if h and not pd.isna(v) else v
                for c, p, v, h in zip(frame["centre"], frame["patient_id"], frame["lesion_id"], hashed, strict=True)
            ]
            changed["lesion_id"] = pd.Series(texts, index=frame.index, dtype="string")
        if name == "patients":
            changed["birth_year"] = _birth_years(registry, patients, shift, plain)
        drop = [*PROVENANCE, *(str(column) for column in frame if str(column).endswith(PRECISION))]
        made[name] = _sorted(frame.assign(**changed).drop(columns=drop), table)
    return made


def _unique(digests: Mapping[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """The digests cut to DIGITS, or to as many more as keep them apart within the study."""
    for length in range(DIGITS, 65, 8):
        cut = {pair: digest[:length] for pair, digest in digests.items()}
        if len(set(cut.values())) == len(cut):
            return cut
    raise AssertionError("two different keys with one SHA-256")  # pragma: no cover


def _embedded(registry: Registry) -> set[str]:
    """Centres whose lesion names hold the patient's key, which would give it away."""
    found: set[str] = set()
    for frame in registry.tables.values():
        if "lesion_id" in frame:
            rows = frame.dropna(subset=["lesion_id", "patient_id"])[[*PATIENT, "lesion_id"]].drop_duplicates()
            for centre, patient, lesion in rows.itertuples(index=False, name=None):
                if len(patient) >= 3 and patient in lesion:
                    found.add(str(centre))
    return found


def _birth_years(registry: Registry, patients: pd.DataFrame, shift: pd.Series, plain: pd.DataFrame) -> pd.Series:
    """The birth year, one less where the shift carries first treatment into the year before."""
    reference = first_treatment(registry.tables["treatments"])
    born = patients["birth_year"]
    if reference.empty:
        return born
    first = pd.to_datetime(look_up(patients, reference))
    moved = first - pd.to_timedelta(look_up(plain, shift), unit="D")
    less = (first.dt.year - moved.dt.year).fillna(0).astype("int64")
    return (born - less).astype("Int64")


def _sorted(frame: pd.DataFrame, table: TableSchema) -> pd.DataFrame:
    return frame.sort_values(list(table.primary_key), kind="stable", na_position="first", ignore_index=True)


def _write_centre(root: Path, centre: str, origin: str, tables: Mapping[str, pd.DataFrame], schema: Schema) -> None:
    """`data/<centre>/<table>.csv` for each table the centre has rows in, and `centres/<centre>.yaml` to read them."""
    files = []
    for name, table in schema.tables.items():
        rows = tables[name][tables[name]["centre"] == centre]
        if rows.empty:
            continue
        filled = [
            column
            for column in table.columns.values()
            if column.name in rows and column.name != "centre" and (column.required or rows[column.name].notna().any())
        ]
        path = f"data/{centre}/{name}.csv"
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(_csv(rows, filled))
        columns = {column.name: _mapped(column, rows, schema) for column in filled}
        files.append({"path": path, "dialect": {"delimiter": ",", "encoding": "utf-8"}, "tables": {name: columns}})
    page = {"centre": centre, "origin": origin, "description": "Keys hashed, dates shifted by patient.", "files": files}
    (root / "centres").mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(page, out)
    (root / "centres" / f"{centre}.yaml").write_text(out.getvalue(), encoding="utf-8")


def _mapped(column: Column, rows: pd.DataFrame, schema: Schema) -> Any:
    """How the copy's own page reads a canonical column back."""
    said: dict[str, Any] = {"from": column.name}
    if column.type == "codes":
        said["separator"] = MULTIPLE
    if column.quantity:
        said["unit"] = canonical_unit(column.quantity)
    if column.quantity_from:
        extra = schema.codelists["analytes"].extra
        there = sorted(rows[column.quantity_from].dropna().unique())
        said["unit"] = {str(code): canonical_unit(extra[str(code)]["quantity"]) for code in there}
    return said if len(said) > 1 else column.name


def _csv(rows: pd.DataFrame, columns: list[Column]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows(zip(*(_texts(rows[column.name], column) for column in columns), strict=True))
    return out.getvalue().encode("utf-8")


def _texts(values: pd.Series, column: Column) -> list[str]:
    """Cells that read back to the same value: shortest decimals, ISO dates, codes as they are."""
    missing = values.isna().to_numpy()
    if column.type == "date":
        texts = values.dt.strftime("%Y-%m-%d").astype(object).to_numpy()
    elif column.type in ("number", "day"):
        texts = np.array([repr(float(value)) for value in values.to_numpy(dtype=np.float64)], dtype=object)
    elif column.type == "boolean":
        texts = values.map({True: "true", False: "false"}).astype(object).to_numpy()
    elif column.type == "integer":
        texts = values.astype("string").astype(object).to_numpy()
    else:
        texts = np.array([harmless(str(value)) for value in values], dtype=object)
    return ["" if gap else str(text) for text, gap in zip(texts, missing, strict=True)]


def _verify(safe: Mapping[str, pd.DataFrame], copy: Registry, schema: Schema) -> None:
    """Every canonical value of the copy is the one meant; InputError names the columns where it is not."""
    faults = []
    for name, table in schema.tables.items():
        read = _sorted(copy.tables[name].drop(columns=list(PROVENANCE)), table)
        for column in safe[name].columns:
            left, right = safe[name][column], read[column]
            if left.dtype == "string":
                left = left.map(harmless, na_action="ignore").astype("string")
            same = len(left) == len(right)
            same = same and bool(((left == right) | (left.isna() & right.isna())).fillna(False).all())
            if not same:
                faults.append(
                    Fault(f"{name}.{column}", "the copy does not read back as it was written", action="nothing is kept")
                )
    if faults:
        raise InputError(faults)
