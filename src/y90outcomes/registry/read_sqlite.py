"""One table of an SQLite file, opened so that nothing can be written and nothing in the file is run."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry.raw import RawFrame, Request, assemble, cell_text, check_extent, file_digest
from y90outcomes.registry.signatures import expect


def read_sqlite(request: Request) -> RawFrame:
    """One table, in the order it is stored. A row's number is its 1-based record. Views and SQL text are not read.

    The table must be named when there are several. Raises InputError for a damaged file or one still being written.
    """
    expect(request, "sqlite")
    check_finished(request, "-wal", "-journal")
    wrong = Fault(request.shown, "is damaged or not an SQLite database", "an SQLite database", "export it again")
    with request.path.open("rb") as stream:
        head = stream.read(100)
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    if request.path.stat().st_size < pages * (65_536 if page == 1 else page):
        raise InputError(wrong)  # cut off: SQLite itself would read zeros
    address = request.path.resolve().as_uri() + "?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA cell_size_check=ON")
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise InputError(wrong)
            found = connection.execute(
                "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
            ).fetchall()
            table = chosen_table([name for (name,) in found], request)
            quoted = '"' + table.replace('"', '""') + '"'
            (rows,) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()  # noqa: S608  (quoted, listed)
            cursor = connection.execute(f"SELECT * FROM {quoted}")  # noqa: S608
            names = [str(column[0]) for column in cursor.description]
            check_extent(request.shown, rows, len(names))
            records = cursor.fetchall()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError):
        raise InputError(wrong) from None
    columns = list(zip(*records, strict=True)) if records else [()] * len(names)
    return assemble(
        request, table, names, column_texts(names, columns, request), range(1, len(records) + 1),
        file_digest(request.path), typed=True,
    )  # fmt: skip


def check_finished(request: Request, *endings: str) -> None:
    """Refuse a database whose last changes still stand in a file beside it."""
    for ending in endings:
        beside = request.path.with_name(request.path.name + ending)
        if beside.is_file() and beside.stat().st_size:
            raise InputError(
                Fault(request.shown, f"a file {beside.name!r} beside it holds changes not yet written",
                      "a database that was closed", "close the program that writes it, and send the file again")
            )  # fmt: skip


def chosen_table(tables: list[str], request: Request) -> str:
    """The table the mapping names, or the only one there is."""
    if request.table is not None:
        if request.table in tables:
            return request.table
        raise InputError(
            Fault(request.shown, f"has no table {request.table!r}", choices(request.table, tables),
                  "correct the table's name; views are not read")
        )  # fmt: skip
    if len(tables) == 1:
        return tables[0]
    raise InputError(
        Fault(request.shown, f"has {len(tables)} tables and none is named", choices("", tables), "add `table:`")
    )


def column_texts(names: list[str], columns: Sequence[Sequence[object]], request: Request) -> list[list[str]]:
    """Every value as text; InputError names the columns that hold something else."""
    faults: list[Fault] = []
    texts: list[list[str]] = []
    for name, column in zip(names, columns, strict=True):
        try:
            texts.append([cell_text(value, request.dialect.decimal) for value in column])
        except TypeError as error:
            faults.append(
                Fault(f"{request.shown}, column {name!r}", f"holds {error}", "text, numbers, dates, true or false",
                      "write the column out plainly, or leave it out")
            )  # fmt: skip
    if faults:
        raise InputError(faults)
    return texts
