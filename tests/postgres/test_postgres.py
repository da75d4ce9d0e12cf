"""PostgreSQL for real: Debian's server in a temporary cluster, loaded with a centre's tables, read like their CSV."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pg8000.dbapi as pg
import pytest

from fixtures.reading import cells, read, refused
from y90outcomes.registry import read_registry

pytestmark = pytest.mark.system

PATIENTS = [
    ("P1", "F", "2020-01-31", 10.5, True),
    ("P2", "M", "2020-02-29", 1e-7, None),
    ("P3", None, None, None, False),
]
PAGE = """\
centre: lyon
origin: synthetic
files:
  - {where}
    tables:
      patients:
        patient_id: id
        sex: {{from: sex, codes: {{F: female, M: male}}}}
      treatments:
        only_when: {{column: first_day, filled: true}}
        patient_id: id
        treatment_number: 1
        date: first_day
        device: {{constant: glass}}
      labs:
        patient_id: id
        long:
          - {{analyte: bilirubin, visit: baseline, value: bili, unit: µmol/L}}
"""


def programs() -> Path:
    """Where Debian keeps initdb and pg_ctl: outside the path, by version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "install Debian's postgresql"
    return found[-1].parent


def as_postgres(*command: str | Path) -> None:
    """initdb and the server refuse to run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *map(str, command)], capture_output=True, text=True, cwd="/", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, str]]:
    """(port, password) of a server on loopback with the tables loaded; stopped and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="y90-pg-", dir="/tmp"))
    password = "only-for-this-test"  # noqa: S105
    (folder / "password").write_text(password, encoding="utf-8")
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    bin_, data = programs(), folder / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_postgres(
        bin_ / "initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}",
        "-E", "UTF8", "--locale=C", "--no-sync",
    )  # fmt: skip
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    as_postgres(bin_ / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", options, "start")
    try:
        load(port, password)
        yield port, password
    finally:
        as_postgres(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def load(port: int, password: str) -> None:
    connection = pg.connect(user="owner", password=password, host="127.0.0.1", port=port, database="postgres")
    run = connection.cursor().execute
    run("CREATE SCHEMA clinic")
    run(
        "CREATE TABLE clinic.patients"
        " (id text PRIMARY KEY, sex text, first_day date, bili double precision, seen boolean)"
    )
    for row in reversed(PATIENTS):
        run("INSERT INTO clinic.patients VALUES (%s, %s, %s, %s, %s)", row)
    run("CREATE TABLE doses (gy numeric(8,2), single real, n bigint, moment timestamp, dag text)")
    run(
        "INSERT INTO doses VALUES (13.60, 13.6, 9007199254740993, '2020-01-31 09:05', 'Größe'),"
        " (2, 0.1, NULL, '2020-01-31', 'a\"b')"
    )
    run("CREATE VIEW clinic.women AS SELECT id FROM clinic.patients WHERE sex = 'F'")
    run("CREATE TABLE odd (id text, many integer[])")
    run("INSERT INTO odd VALUES ('P1', ARRAY[1, 2])")
    run("CREATE ROLE reader LOGIN PASSWORD 'reads'")
    run("GRANT USAGE ON SCHEMA clinic TO reader")
    run("GRANT SELECT ON clinic.patients TO reader")
    connection.commit()
    connection.close()


@pytest.fixture
def address(server, monkeypatch) -> str:
    port, password = server
    monkeypatch.setenv("LYON", f"postgresql://owner@127.0.0.1:{port}/postgres")
    monkeypatch.setenv("PGPASSWORD", password)
    return "LYON"


def test_a_table_arrives_in_the_order_of_its_key(address):
    raw = read("postgresql", Path(), table="clinic.patients", connection=address, dialect={"decimal": ","})
    assert list(raw.frame.columns) == ["id", "sex", "first_day", "bili", "seen"]
    assert cells(raw) == [
        ["P1", "F", "2020-01-31", "10,5", "true"],
        ["P2", "M", "2020-02-29", "1e-07", ""],
        ["P3", "", "", "", "false"],
    ]
    assert raw.rows.tolist() == [1, 2, 3]
    assert (
        raw.sha256
        == read("postgresql", Path(), table="clinic.patients", connection=address, dialect={"decimal": ","}).sha256
    )


def test_every_type_keeps_its_text_and_a_bare_name_is_public(address):
    assert cells(read("postgresql", Path(), table="doses", connection=address)) == [
        ["13.60", "13.6", "9007199254740993", "2020-01-31 09:05:00", "Größe"],
        ["2.00", "0.1", "", "2020-01-31", 'a"b'],
    ]


def test_the_registry_is_that_of_the_same_table_as_csv(address, tmp_path):
    for name, where in (
        ("db", "{format: postgresql, connection: LYON, table: clinic.patients,"),
        ("csv", "{path: raw.csv,"),
    ):
        (tmp_path / name / "centres").mkdir(parents=True)
        page = PAGE.format(where="WHERE").replace("- WHERE\n", "- " + where.strip("{,").replace(", ", "\n    ") + "\n")
        (tmp_path / name / "centres" / "lyon.yaml").write_text(page, encoding="utf-8")
    lines = [
        "id,sex,first_day,bili,seen",
        *(
            ",".join("" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in row)
            for row in PATIENTS
        ),
    ]
    (tmp_path / "csv" / "raw.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    database, text = read_registry(tmp_path / "db"), read_registry(tmp_path / "csv")
    assert database.fingerprint == text.fingerprint
    assert len(database.tables["labs"]) == 2
    assert [issue.rule for issue in database.issues] == [issue.rule for issue in text.issues]
    assert database.sources[0].file == "postgresql clinic.patients"


def test_a_view_can_be_read_and_an_array_cannot(address):
    assert cells(read("postgresql", Path(), table="clinic.women", connection=address)) == [["P1"]]
    assert "column 'many'" in refused("postgresql", Path(), table="odd", connection=address)


def test_refusals_name_the_table_and_never_the_connection(server, address, monkeypatch):
    assert "'clinic.patients'" in refused("postgresql", Path(), table="clinic.patient", connection=address)
    injected = 'doses"; DROP TABLE doses; --'
    assert "has no table" in refused("postgresql", Path(), table=injected, connection=address)
    monkeypatch.setenv("PGPASSWORD", "wrong-secret")
    message = refused("postgresql", Path(), table="doses", connection=address)
    assert "does not answer as asked" in message
    assert "wrong-secret" not in message
    assert "owner" not in message


def test_a_reader_without_rights_sees_only_what_it_may(server, monkeypatch):
    monkeypatch.setenv("LYON", f"postgresql://reader:reads@127.0.0.1:{server[0]}/postgres?sslmode=disable")
    assert len(read("postgresql", Path(), table="clinic.patients", connection="LYON").frame) == 3
    assert "has no table" in refused("postgresql", Path(), table="doses", connection="LYON")
