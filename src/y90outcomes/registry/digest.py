"""The fingerprint of canonical tables: what the data say, whoever sent them, in whatever order and form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from y90outcomes.schema import Schema

_BETWEEN = "\x1f"


def fingerprint(tables: Mapping[str, pd.DataFrame], schema: Schema) -> str:
    """sha256 over the canonical keys and values; the same for any order of rows, files and centres.

    Numbers count at 12 significant digits. Provenance and file hashes stay out. A row is its cells joined by U+001F;
    the rows of a table are sorted by code point, and each ends with a line feed.
    """
    whole = hashlib.sha256(f"schema {schema.version}\n".encode())
    for name in sorted(schema.tables):
        columns = list(schema.tables[name].columns)
        whole.update(f"{name}\n{','.join(columns)}\n".encode())
        if len(tables[name]):
            cells = [_digits(tables[name][column]) for column in columns]
            rows = pc.binary_join_element_wise(*cells, pa.scalar(_BETWEEN, pa.large_string()))
            rows = rows.take(pc.array_sort_indices(rows))  # UTF-8 sorts as its code points do
            for start in range(0, len(rows), 100_000):
                whole.update(("\n".join(rows[start : start + 100_000].to_pylist()) + "\n").encode())
    return whole.hexdigest()


def _digits(values: pd.Series) -> pa.Array:
    """Each value as text: numbers at 12 significant digits, dates ISO, "" for missing."""
    if not values.notna().any():
        return pa.repeat(pa.scalar("", pa.large_string()), len(values))
    if values.dtype == "string":
        texts = pa.Array.from_pandas(values, type=pa.large_string()).fill_null("")
        for mark in (_BETWEEN, "\n"):
            texts = pc.replace_substring(texts, mark, " ")
        return texts
    codes, uniques = pd.factorize(values)  # formatted once per distinct value
    if values.dtype.kind == "f":
        shown = [f"{value + 0.0:.12g}" for value in uniques]
    elif values.dtype.kind == "M":
        shown = [value.date().isoformat() for value in uniques]
    else:
        shown = [str(value) for value in uniques]
    where = np.where(codes < 0, len(shown), codes)
    return pa.array([*shown, ""], type=pa.large_string()).take(pa.array(where))  # code -1 is a missing value
