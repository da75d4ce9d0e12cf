"""Parquet files, and the Arrow tables other readers make, to text columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.raw import RawFrame, Request, assemble, cell_text, check_extent, file_digest
from y90outcomes.registry.signatures import expect

LIMIT_BYTES = 4_000_000_000


def read_parquet(request: Request) -> RawFrame:
    """One Parquet file. A row's number is its 1-based record. InputError for a damaged file or nested columns."""
    expect(request, "parquet")
    wrong = Fault(request.shown, "is damaged or not a Parquet file", "a Parquet file", "export it again")
    try:
        with pq.ParquetFile(request.path) as file:
            meta = file.metadata
            schema = file.schema_arrow
            size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise InputError(wrong) from None
    check_extent(request.shown, meta.num_rows, len(schema))
    if size > LIMIT_BYTES:
        raise InputError(Fault(request.shown, "unpacks to an unreasonable size", f"at most {LIMIT_BYTES} bytes"))
    try:
        # Read as dictionaries, a long text repeated in every row is held once.
        with pq.ParquetFile(request.path, read_dictionary=texts) as file:
            table = file.read()
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError):
        raise InputError(wrong) from None
    return arrow_frame(table, request, file_digest(request.path))


def arrow_frame(table: Any, request: Request, digest: str, sheet: str = "") -> RawFrame:
    """The RawFrame of an Arrow table; `sheet` is its name in a file of several. Distinct values are read once."""
    faults: list[Fault] = []
    columns: list[list[str]] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            columns.append(_texts(column, request.dialect.decimal))
        except (TypeError, ValueError, OverflowError, pa.ArrowException):
            faults.append(
                Fault(f"{request.shown}, column {name!r}", f"holds {column.type}",
                      "text, numbers, dates, true or false", "write the column out plainly, or leave it out")
            )  # fmt: skip
    if faults:
        raise InputError(faults)
    rows = range(1, table.num_rows + 1)
    return assemble(request, sheet, table.column_names, columns, rows, digest, typed=True)


def _texts(column: Any, decimal: str) -> list[str]:
    kind = column.type
    if pa.types.is_null(kind):
        return [""] * len(column)
    if not pa.types.is_dictionary(kind):
        if pa.types.is_timestamp(kind) and kind.unit == "ns":
            column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
        if pa.types.is_nested(kind):
            raise TypeError(str(kind))
        column = pc.dictionary_encode(column)
    single = pa.types.is_floating(kind) and kind.bit_width < 64
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else whole.cast(whole.type).combine_chunks()
    values = whole.dictionary.to_pylist()
    texts = np.array([*(cell_text(value, decimal, single) for value in values), ""], dtype=object)
    codes = whole.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    found: list[str] = texts[codes].tolist()
    return found
