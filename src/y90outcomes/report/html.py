"""`report.html`: one file that needs nothing else. The template holds the markup, `report.css` the looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from y90outcomes.report.document import anchor, build, origin_label, places
from y90outcomes.results.types import Results

SAFE = " !$'()*+,/:;=?@[]|~^`{}-_."
"""What stands as it is in the address of a picture: nothing that ends an attribute, a tag or the address."""

SCREEN_SCALE = 1.35
"""Figures are drawn at print size; on a screen they show larger by this factor."""


def data_uri(svg: bytes) -> Markup:
    """A picture inside the page, percent-encoded (a quarter shorter than base64); safe between double quotes."""
    text = svg.decode().replace('"', "'")
    within = quote(text, safe=SAFE).replace("url(", "url%28")  # no plain address of anything but the picture
    return Markup("data:image/svg+xml," + within)  # noqa: S704 - quote() leaves no markup


def symbols(text: str) -> Markup:
    """Escaped text with the letters of statistics in italics where they stand before a relation: p = 0.045, n = 22."""
    return Markup(re.sub(r"\b([pn])(?=\u00a0(?:=|&lt;|&gt;))|^(p)(?=, )", r"<i>\1\2</i>", str(escape(text))))  # noqa: S704


def render(results: Results, drawings: Mapping[str, Any]) -> str:
    """The page. `drawings` holds `svg` bytes and `width` inches by result id; every text is escaped by the template."""
    folder = files("y90outcomes.report") / "templates"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["symbols"] = symbols
    label, carried = origin_label(results)
    document = build(results, drawings)
    return environment.from_string((folder / "report.html.j2").read_text(encoding="utf-8")).render(
        css=Markup((folder / "report.css").read_text(encoding="utf-8")),  # noqa: S704  our own file
        study=results.study,
        prose=results.prose,
        environment=results.environment,
        document=document,
        pictures={
            id: {
                "src": data_uri(drawing.svg),
                "width": f"{drawing.width:.3f}in",
                "screen": f"{drawing.width * SCREEN_SCALE:.3f}in",
            }
            for id, drawing in drawings.items()
        },
        origin=label,
        tag=label if carried else "",
        anchor=anchor,
        places=places(document),
    )
