"""Parquet, SQLite and DuckDB: the same rows from each, read-only, one named table, nothing in the file is run."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fixtures.reading import cells, read, refused

TABLE = pa.table({
    "id": ["P1", "P2", "P3"],
    "n": pa.array([1, None, 3], pa.int64()),
    "dose": [13.6, None, 1e-7],
    "single": pa.array([13.6, 0.1, None], pa.float32()),
    "money": pa.array([Decimal("13.60"), None, Decimal("-0.05")], pa.decimal128(9, 2)),
    "alive": [True, None, False],
    "day": pa.array([dt.date(2020, 1, 31), None, dt.date(1999, 12, 1)]),
    "moment": pa.array([dt.datetime(2020, 1, 31), None, dt.datetime(2020, 1, 31, 9, 5)], pa.timestamp("ns")),
    "kind": pa.array(["a", None, "b"]).dictionary_encode(),
})  # fmt: skip
TEXT = [
    ["P1", "1", "13,6", "13,6", "13,60", "true", "2020-01-31", "2020-01-31", "a"],
    ["P2", "", "", "0,1", "", "", "", "", ""],
    ["P3", "3", "1e-07", "", "-0,05", "false", "1999-12-01", "2020-01-31 09:05:00", "b"],
]
COMMA = {"decimal": ","}


def base(tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / "raw.sqlite"
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def duck(tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / "raw.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("given", TABLE)
        for statement in statements:
            connection.execute(statement).fetchall()
    return path


def test_parquet(tmp_path):
    pq.write_table(TABLE, tmp_path / "raw.parquet", row_group_size=2)
    raw = read("parquet", tmp_path / "raw.parquet", dialect=COMMA)
    assert list(raw.frame.columns) == TABLE.column_names
    assert cells(raw) == TEXT
    assert raw.rows.tolist() == [1, 2, 3]
    assert raw.typed


def test_parquet_with_nested_columns_names_them(tmp_path):
    pq.write_table(pa.table({"id": ["P1"], "doses": [[1, 2]], "b": [b"\x00"]}), tmp_path / "raw.parquet")
    message = refused("parquet", tmp_path / "raw.parquet")
    assert "column 'doses'" in message
    assert "column 'b'" in message


def test_a_long_text_in_every_row_is_refused_before_it_is_copied(tmp_path):
    many = pa.table({"id": pa.DictionaryArray.from_arrays([0] * 2000, ["x" * 1_000_000])})
    pq.write_table(many, tmp_path / "raw.parquet")
    assert (tmp_path / "raw.parquet").stat().st_size < 2_000_000
    assert "an endless text in row 1, 2, 3, 4, 5 and 1995 more" in refused("parquet", tmp_path / "raw.parquet")


def test_sqlite(tmp_path):
    path = base(
        tmp_path, "CREATE TABLE labs(id TEXT, n INTEGER, dose REAL, loose)",
        "INSERT INTO labs VALUES('P2', 1, 13.6, '2020-01-31'), ('P1', NULL, 2.0, 7)",
    )  # fmt: skip
    raw = read("sqlite", path, dialect=COMMA)
    assert cells(raw) == [["P2", "1", "13,6", "2020-01-31"], ["P1", "", "2", "7"]]
    assert raw.sheet == "labs"
    before = path.read_bytes()
    assert read("sqlite", path, table="labs").sha256 == raw.sha256
    assert path.read_bytes() == before


def test_sqlite_tables_are_named_and_views_are_not_run(tmp_path):
    endless = "WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x) SELECT i FROM x"
    path = base(tmp_path, "CREATE TABLE labs(a)", "CREATE TABLE doses(a)", f"CREATE VIEW v AS {endless}")
    assert "has 2 tables and none is named" in refused("sqlite", path)
    assert "did you mean 'labs'?" in refused("sqlite", path, table="lab")
    assert "has no table 'v'" in refused("sqlite", path, table="v")
    assert "a header and no rows" in refused("sqlite", path, table="labs")


def test_sqlite_blobs_and_odd_names(tmp_path):
    path = base(tmp_path, 'CREATE TABLE "a""; DROP"(x, y)', """INSERT INTO "a""; DROP" VALUES(1, x'00ff')""")
    message = refused("sqlite", path, table='a"; DROP')
    assert "column 'y'" in message
    assert "bytes" in message


def test_a_database_still_open_elsewhere_is_refused(tmp_path):
    path = base(tmp_path, "CREATE TABLE labs(a)", "INSERT INTO labs VALUES (1)")
    (tmp_path / "raw.sqlite-wal").write_bytes(b"x")
    assert "changes not yet written" in refused("sqlite", path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_databases_and_parquet_files_are_refused(tmp_path, share):
    pq.write_table(TABLE, tmp_path / "raw.parquet")
    rows = (f"INSERT INTO labs VALUES ('{'x' * 500}{i}')" for i in range(50))  # noqa: S608
    sqlite = base(tmp_path, "CREATE TABLE labs(a)", *rows)
    for form, path in (
        ("parquet", tmp_path / "raw.parquet"),
        ("sqlite", sqlite),
        ("duckdb", duck(tmp_path, "CREATE TABLE t AS FROM given")),
    ):
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        assert "is damaged" in refused(form, path)


def test_duckdb(tmp_path):
    path = duck(
        tmp_path, "CREATE TABLE labs AS FROM given", "CREATE SCHEMA other", "CREATE TABLE other.labs AS SELECT 'x' AS a"
    )
    assert cells(read("duckdb", path, table="labs", dialect=COMMA)) == TEXT
    assert cells(read("duckdb", path, table="other.labs")) == [["x"]]
    assert "has 2 tables and none is named" in refused("duckdb", path)


def test_duckdb_reads_no_view_and_no_other_file(tmp_path):
    (tmp_path / "secret.csv").write_text("a\nsecret\n", encoding="utf-8")
    path = duck(
        tmp_path, "CREATE TABLE labs AS FROM given",
        f"CREATE VIEW v AS SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')",  # noqa: S608
    )  # fmt: skip
    message = refused("duckdb", path, table="v")
    assert "has no table 'v'" in message
    assert "secret" not in message
