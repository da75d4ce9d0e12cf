"""Whole or not at all, for every command that writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from y90outcomes.results.whole import whole_folder, write_whole


def test_a_folder_is_replaced_by_what_was_written(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    for text in ("first", "second"):
        with whole_folder(target) as new:
            (new / f"{text}.txt").write_text(text)
    assert [path.name for path in target.iterdir()] == ["second.txt"]
    assert [path.name for path in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("moment", ["inside", "renaming"])
def test_a_failure_leaves_the_old_folder_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "kept.txt").write_text("kept")
    rename = Path.rename

    def broken(self: Path, to: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError("no space left")
        return rename(self, to)

    if moment == "renaming":
        monkeypatch.setattr(Path, "rename", broken)

    def write() -> None:
        with whole_folder(target) as new:
            (new / "lost.txt").write_text("lost")
            if moment == "inside":
                raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        write()
    assert (target / "kept.txt").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_old_folder_that_cannot_be_put_back_is_not_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "kept.txt").write_text("kept")
    rename = Path.rename

    def only_away(self: Path, to: Path) -> Path:
        if to == target:
            raise OSError("no space left")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", only_away)
    with pytest.raises(OSError, match="no space"), whole_folder(target):
        pass
    assert [path.read_text() for path in tmp_path.rglob("kept.txt")] == ["kept"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.csv"
    write_whole(path, b"old")

    def broken(self: Path, to: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["list.csv"]
