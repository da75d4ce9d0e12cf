"""Protocol pages to be spoilt one way at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fixtures.study_page import PAGE

from y90outcomes.errors import Fault, InputError
from y90outcomes.study import read_study


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def faults(folder: Callable[[str], Path]) -> Callable[..., list[Fault]]:
    """The faults of PAGE after replacing one text by another (each must stand there once)."""

    def spoil(*pairs: tuple[str, str]) -> list[Fault]:
        text = PAGE
        for old, new in pairs:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times on the page"
            text = text.replace(old, new)
        with pytest.raises(InputError) as caught:
            read_study(folder(text))
        return list(caught.value.faults)

    return spoil
