"""One table of a DuckDB file, opened read-only, with access to other files and extensions shut."""

from __future__ import annotations

import duckdb

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.raw import RawFrame, Request, check_extent, file_digest
from y90outcomes.registry.read_parquet import arrow_frame
from y90outcomes.registry.read_sqlite import check_finished, chosen_table
from y90outcomes.registry.signatures import expect

_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    "allow_community_extensions": "false", "preserve_insertion_order": "true", "threads": "1",
}  # fmt: skip


def read_duckdb(request: Request) -> RawFrame:
    """One table (`table` or `schema.table`), in the order it was filled. A row's number is its 1-based record.

    The table must be named when there are several; views and SQL text are not read. Raises InputError for a damaged
    file, or one written by a newer DuckDB than the installed one.
    """
    expect(request, "duckdb")
    check_finished(request, ".wal")
    wrong = Fault(request.shown, "is damaged, or was written by a newer DuckDB", "a DuckDB database",
                  "export it again, or export the table as Parquet")  # fmt: skip
    try:
        with duckdb.connect(str(request.path), read_only=True, config=_CLOSED) as connection:
            found = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables"
                " WHERE table_type = 'BASE TABLE' ORDER BY ALL"
            ).fetchall()
            names = {table if schema == "main" else f"{schema}.{table}": (schema, table) for schema, table in found}
            name = chosen_table(list(names), request)
            quoted = ".".join('"' + part.replace('"', '""') + '"' for part in names[name])
            ((rows,),) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchall()  # noqa: S608  (quoted, listed)
            relation = connection.sql(f"SELECT * FROM {quoted}")  # noqa: S608
            check_extent(request.shown, rows, len(relation.columns))
            table = relation.to_arrow_table()
    except (duckdb.Error, OSError, RuntimeError, ValueError, MemoryError):
        raise InputError(wrong) from None
    return arrow_frame(table, request, file_digest(request.path), name)
