"""Do two report folders show the same text? Usage: same_text.py COMMITTED FRESH. Exit 1 where they do not.

Compared: the files there are, and the words of every HTML page without its pictures. Numbers at full precision are
compared by `y90 compare` within a tolerance, because the last bits of floating point differ between machines.
"""

from __future__ import annotations

import difflib
import re
import sys
from html.parser import HTMLParser
from pathlib import Path


class Words(HTMLParser):
    """The text of a page outside style, script and svg."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = 0
        self.lines: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script", "svg"}:
            self.hidden += 1
        self.lines += [
            value or "" for name, value in attrs if name in {"alt", "title", "aria-label"} and not self.hidden
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script", "svg"}:
            self.hidden -= 1

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data).strip()
        if text and not self.hidden:
            self.lines.append(text)


def words(page: Path) -> list[str]:
    parser = Words()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.lines


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def main(committed: Path, fresh: Path) -> int:
    faults = [f"only committed: {name}" for name in sorted(files(committed) - files(fresh))]
    faults += [f"only fresh: {name}" for name in sorted(files(fresh) - files(committed))]
    for page in sorted(files(committed) & files(fresh)):
        if page.endswith(".html"):
            faults += [
                f"{page}: {line}"
                for line in difflib.unified_diff(words(committed / page), words(fresh / page), lineterm="", n=0)
            ]
    for fault in faults[:60]:
        sys.stderr.write(fault + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
