"""The same picture in fewer bytes: a report holds every figure twice, and five reports stand in the repository."""

from __future__ import annotations

import io
import re
from html import escape

COLOURS = 128
"""Colours of a PNG: lines, bands and their blends need fewer."""

_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_PATH = re.compile(r' d="([^"]*)"')
_PLACE = re.compile(r' (x|y)="(-?\d+\.\d{3,})"')
_MOVE = re.compile(r"translate\((-?\d+\.\d+) (-?\d+\.\d+)\)")
_MARK = r'<use xlink:href="[^"]+"(?: x="[^"]+")?(?: y="[^"]+")?'
_USE = re.compile(rf'({_MARK}) style="([^"]+)"/>')
_ROW = re.compile(rf'(?:{_MARK} style="[^"]+"/>){{2,}}')
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"<!-- .*? -->", re.DOTALL)
_COMMAND = re.compile(r" ?([LMCQz]) ?")


def light_svg(svg: str, title: str) -> str:
    """An SVG of matplotlib without spaces and comments, its coordinates to a hundredth of a point, the title kept."""
    svg = _METADATA.sub(lambda _: f"<title>{escape(title)}</title>", svg, count=1)
    svg = _PATH.sub(lambda found: f' d="{_path(found[1])}"', _COMMENT.sub("", svg))
    svg = _PLACE.sub(lambda found: f' {found[1]}="{_short(found[2])}"', svg)
    svg = _MOVE.sub(lambda found: f"translate({_short(found[1])} {_short(found[2])})", svg)
    svg = re.sub(r"; (?=[a-z-]+: )", ";", svg)
    return _ROW.sub(_grouped, re.sub(r">\s+<", "><", svg))


def _grouped(row: re.Match[str]) -> str:
    """Marks that follow each other in one style, with the style written once."""
    marks = _USE.findall(row[0])
    if len({style for _, style in marks}) > 1:
        return row[0]
    return f'<g style="{marks[0][1]}">' + "".join(f"{mark}/>" for mark, _ in marks) + "</g>"


def _path(text: str) -> str:
    """The commands of a path on one line."""
    return _COMMAND.sub(r"\1", _NUMBER.sub(lambda found: _short(found[0]), " ".join(text.split())))


def _short(number: str) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def light_png(png: bytes, dpi: int) -> bytes:
    """A PNG in a palette of COLOURS, the resolution kept; the same bytes for the same picture."""
    from PIL import Image

    picture, made = Image.open(io.BytesIO(png)).convert("RGB"), io.BytesIO()
    flat = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS)
    flat.save(made, "PNG", optimize=True, dpi=(dpi, dpi))
    return made.getvalue()
