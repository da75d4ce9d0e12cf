"""Reads SPSS, Stata and SAS files in a process of its own, one after the other.

The C library behind pyreadstat can crash on a damaged file; here that costs this process only, and memory is capped.
Started by `labelled.py`; imports nothing of this package. Each line of standard input is a JSON list: reader, path,
encoding or "", 1 to keep user-missing values, most columns, most cells. Each answer is eight bytes of length and that
much JSON; null for a file that cannot be read. Reader `sas7bcat` gives value labels only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
import warnings
from typing import Any

MEMORY = 8_000_000_000


def read_file(
    reader: str, path: str, encoding: str, user_missing: str, most_columns: str, most_cells: str
) -> dict[str, Any]:
    """What the file holds; {"extent": [rows, columns]} alone where it is out of proportion."""
    import pyreadstat

    options: dict[str, Any] = {"encoding": encoding or None}
    if reader == "sas7bcat":
        _, meta = pyreadstat.read_sas7bcat(path, **options)
        return {"labels": {name: list(labels.items()) for name, labels in meta.value_labels.items()}}
    if user_missing == "1":
        options["user_missing"] = True
    read: Any = {
        "sav": pyreadstat.read_sav,
        "dta": pyreadstat.read_dta,
        "sas7bdat": pyreadstat.read_sas7bdat,
        "xport": pyreadstat.read_xport,
    }[reader]
    _, meta = read(path, metadataonly=True, output_format="dict", **options)
    rows, columns = meta.number_rows or 0, meta.number_columns
    if columns > int(most_columns) or rows * columns > int(most_cells):
        return {"extent": [rows, columns]}
    data, meta = read(path, output_format="dict", **options)
    return {
        "rows": rows,
        "columns": [[str(name), list(values)] for name, values in data.items()],
        "labels": {name: list(labels.items()) for name, labels in meta.variable_value_labels.items()},
        "ranges": meta.missing_ranges,
        "storage": meta.readstat_variable_types,
        "formats": meta.original_variable_types,
    }


def iso(value: Any) -> str:
    """A date or time as text, the time of day only where there is one."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    if hasattr(value, "item"):  # a NumPy scalar
        return value.item()  # type: ignore[no-any-return]
    raise TypeError


def serve() -> None:
    """Answers until standard input ends."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        answer = b"null"
        with contextlib.suppress(Exception):  # what went wrong may quote the file, so it is not said
            answer = json.dumps(read_file(*json.loads(line)), default=iso).encode("ascii")
        sys.stdout.buffer.write(len(answer).to_bytes(8, "big") + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve()
