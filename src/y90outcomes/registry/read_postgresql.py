"""One table or view of a PostgreSQL server. Nothing about the connection but a variable's name stands in a mapping.

The environment variable the mapping names holds an address, `postgresql://user@host:port/database`. What the address
leaves out comes from PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD, and the password also from a password file
(PGPASSFILE, ~/.pgpass), as PostgreSQL's own programs do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry.raw import RawFrame, Request, assemble, check_extent
from y90outcomes.registry.read_sqlite import column_texts

CONNECT_SECONDS = 15
STATEMENT_SECONDS = 600
_SSL = ("disable", "prefer", "require", "verify-full")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and who asks. The password stays out of `repr`."""

    host: str
    port: int
    database: str
    user: str
    password: str | None = field(repr=False)
    sslmode: str = "prefer"


def read_postgresql(request: Request) -> RawFrame:
    """One table or view (`table: schema.table`; the schema is `public` if left out), read in one read-only transaction.

    Rows come in the order of the primary key, or else of all columns as text, so that a row's number, its 1-based
    place in that order, means the same in every run. Raises InputError when the server cannot be asked.
    """
    try:
        import pg8000.dbapi as pg
        from pg8000.exceptions import InterfaceError
    except ImportError:
        raise InputError(
            Fault(request.shown, "reading PostgreSQL needs the package pg8000", action="install y90outcomes[db]")
        ) from None
    address = find_address(request, os.environ)
    failed = Fault(request.shown, f"the server that {request.connection} names does not answer as asked",
                   "a running server, the right user, password and database",
                   "check the address and try again")  # fmt: skip
    try:
        connection = pg.connect(
            user=address.user, host=address.host, port=address.port, database=address.database,
            password=address.password, timeout=CONNECT_SECONDS, ssl_context=_ssl(address),
            application_name="y90outcomes",
        )  # fmt: skip
    except (pg.Error, InterfaceError, OSError, ValueError):
        raise InputError(failed) from None  # the server's own words may hold the user, the host or the password
    try:
        connection._usock.settimeout(STATEMENT_SECONDS)
        cursor = connection.cursor()
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        connection.commit()
        cursor.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor.execute("SET TimeZone = 'UTC'")
        return _read(cursor, request)
    except (pg.Error, InterfaceError, OSError, ValueError, OverflowError, MemoryError):
        raise InputError(failed) from None
    finally:
        _close(connection)


def find_address(request: Request, environment: Mapping[str, str]) -> Address:
    """The address a mapping's `connection` stands for. InputError says what is missing, never what is there."""
    name = str(request.connection)
    text = environment.get(name)
    if text is None:
        raise InputError(
            Fault(request.shown, f"the environment variable {name} is not set", "postgresql://user@host:port/database",
                  f"set {name} before the run; the address never stands in a mapping")
        )  # fmt: skip
    wrong = Fault(request.shown, f"{name} does not hold an address", "postgresql://user@host:port/database",
                  "correct the variable")  # fmt: skip
    try:
        parts = urlsplit(text)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise InputError(wrong) from None
    if parts.scheme not in ("postgresql", "postgres") or parts.fragment or set(options) - {"sslmode"}:
        raise InputError(wrong)
    mode = options.get("sslmode", environment.get("PGSSLMODE", "prefer"))
    if mode not in _SSL:
        raise InputError(Fault(request.shown, f"the sslmode of {name} is not known", ", ".join(_SSL)))
    host = unquote(parts.hostname or "") or environment.get("PGHOST", "localhost")
    number = port or _port(environment, request)
    user = unquote(parts.username or "") or environment.get("PGUSER", "")
    database = unquote(parts.path.lstrip("/")) or environment.get("PGDATABASE", user)
    if not user or not database:
        raise InputError(wrong)
    password = unquote(parts.password) if parts.password is not None else environment.get("PGPASSWORD")
    if password is None:
        password = _from_file(environment, (host, str(number), database, user))
    return Address(host, number, database, user, password, mode)


def _port(environment: Mapping[str, str], request: Request) -> int:
    text = environment.get("PGPORT", "5432")
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII):
        raise InputError(Fault(request.shown, "PGPORT is not a port number", "for example 5432"))
    return int(text)


def _from_file(environment: Mapping[str, str], wanted: tuple[str, str, str, str]) -> str | None:
    """The password of the first matching line `host:port:database:user:password` of the password file."""
    path = Path(environment.get("PGPASSFILE") or Path(environment.get("HOME") or "/nonexistent") / ".pgpass")
    try:
        if not path.is_file() or path.stat().st_mode & 0o077:  # open to others: refused, as PostgreSQL refuses it
            return None
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        cells = [re.sub(r"\\(.)", r"\1", cell) for cell in re.split(r"(?<!\\):", line, maxsplit=4)]
        matches = all(cell in ("*", value) for cell, value in zip(cells, wanted, strict=False))
        if not line.startswith("#") and len(cells) == 5 and matches:
            return cells[4]
    return None


def _ssl(address: Address) -> ssl.SSLContext | bool | None:
    """None lets the driver try TLS first; False keeps to plain text; a context insists on TLS."""
    if address.sslmode == "disable":
        return False
    if address.sslmode == "prefer":
        return None
    context = ssl.create_default_context()
    if address.sslmode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _read(cursor: Any, request: Request) -> RawFrame:
    schema, table = _table(cursor, request)
    quoted = f"{_quoted(schema)}.{_quoted(table)}"
    cursor.execute(
        "SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number"
        " WHERE i.indisprimary AND i.indrelid = %s::regclass ORDER BY k.place",
        (quoted,),
    )
    key = [_quoted(name) for (name,) in cursor.fetchall()]
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        " ORDER BY ordinal_position",
        (schema, table),
    )
    names = [str(name) for (name,) in cursor.fetchall()]
    cursor.execute(f"SELECT count(*) FROM {quoted}")  # noqa: S608  (quoted, and found in the catalogue)
    check_extent(request.shown, cursor.fetchone()[0], len(names))
    order = ", ".join(key or [f'{_quoted(name)}::text COLLATE "C"' for name in names])
    chosen = ", ".join(_quoted(name) for name in names)
    cursor.execute(f"SELECT {chosen} FROM {quoted} ORDER BY {order}")  # noqa: S608
    records = cursor.fetchall()
    columns = list(zip(*records, strict=True)) if records else [()] * len(names)
    texts = column_texts(names, columns, request)
    digest = hashlib.sha256(repr((names, texts)).encode("utf-8", "surrogatepass")).hexdigest()
    return assemble(request, f"{schema}.{table}", names, texts, range(1, len(records) + 1), digest, typed=True)


def _table(cursor: Any, request: Request) -> tuple[str, str]:
    cursor.execute(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    )
    found = {f"{schema}.{table}": (str(schema), str(table)) for schema, table in cursor.fetchall()}
    wanted = str(request.table)
    for name in (wanted, f"public.{wanted}"):
        if name in found:
            return found[name]
    raise InputError(
        Fault(request.shown, f"has no table {wanted!r} that this user may read", choices(wanted, found),
              "correct the table's name, or ask for the right to read it")
    )  # fmt: skip


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _close(connection: Any) -> None:
    with contextlib.suppress(Exception):  # the server may have dropped it already
        connection.close()
