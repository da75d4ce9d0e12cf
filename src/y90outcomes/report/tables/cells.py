"""Cells and notes every table of estimates shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from y90outcomes.report import format as fmt
from y90outcomes.report.tables.names import CHI_SQUARE, quantity_name
from y90outcomes.report.view import Cell, Footnote, Marks
from y90outcomes.results.types import EffectRow, Effects, Number


def estimate_cell(row: EffectRow | None, marks: Marks, n: Number = None) -> Cell:
    """ "0.27 (0.09–0.80)"; NR or ∞ beyond the data; a null has its reason's letter.

    `n` under 100 gives whole per cents.
    """
    if row is None:
        return Cell(fmt.NULL)
    share = row.quantity in fmt.FRACTIONS and row.unit != "%"
    values = [fmt.in_percent(v) if share else v for v in (row.estimate, row.lower, row.upper)]
    decimals = fmt.decimals_of(row.quantity, row.unit, values, n)
    beyond = fmt.unlimited(row.quantity, row.unit)
    if values[0] is None and "estimate" in row.not_reached:
        text = beyond
    elif values[0] is None:
        return Cell(fmt.NULL, mark=marks.mark(row.reason))
    else:
        text = fmt.quantity(values[0], decimals) + ("%" if share or row.unit == "%" else "")
    limits = [values[1] is not None or "lower" in row.not_reached, values[2] is not None or "upper" in row.not_reached]
    if any(limits):
        text += f" ({fmt.span(values[1], values[2], decimals, row.not_reached, beyond=beyond)})"
    return Cell(text, mark=marks.mark(row.reason if not all(limits) or not row.valid else ""))


def statistic_cell(row: EffectRow, named: bool) -> Cell:
    """ "7.93 (df 2)"; "χ² 7.93 (df 2)" with `named`, where the column is not one of statistics."""
    if row.statistic is None:
        return Cell("" if named else fmt.NULL)
    df = f" (df{fmt.NBSP}{fmt.quantity(row.df, fmt.places('', [row.df]))})" if row.df is not None else ""
    sign = f"χ²{fmt.NBSP}" if named and row.quantity in CHI_SQUARE else ""
    return Cell(sign + fmt.quantity(row.statistic, 2) + df)


def interval_heading(rows: Sequence[EffectRow]) -> str:
    """ " (95% CI)", "" where no row has an interval."""
    levels = list(dict.fromkeys(fmt.level(row.level) for row in rows if row.level is not None))
    return f" ({levels[0]} CI)" if len(levels) == 1 else " (CI)" if levels else ""


def not_reached(result: Effects) -> tuple[Footnote, ...]:
    """What NR means, where it stands."""
    wanted = any(row.not_reached and fmt.unlimited(row.quantity, row.unit) == fmt.NOT_REACHED for row in result.rows)
    return (Footnote("NR, not reached."),) if wanted else ()


def kind_name(rows: Sequence[EffectRow]) -> str:
    """The quantity of some rows with their unit, where all have the same; per cent stands at the numbers."""
    units = {row.unit for row in rows}
    unit = units.pop() if len(units) == 1 else ""
    return quantity_name(rows[0].quantity) + (f", {unit}" if unit and unit != "%" else "")


def labels_of(rows: Sequence[EffectRow], names: Mapping[str, str]) -> dict[tuple[str, str | None], str]:
    """(term, contrast) -> what a row of one quantity is called.

    A contrast is added where the row has no label, or another row of its term has the same. A unit is added where they
    differ.
    """
    own = [capital(row.label) or names.get(row.term, row.term) for row in rows]
    mixed = len({row.unit for row in rows}) > 1
    out = {}
    keys = [(row.term, label) for row, label in zip(rows, own, strict=True)]
    for row, label in zip(rows, own, strict=True):
        text = label
        if row.contrast and (not row.label or keys.count((row.term, label)) > 1):
            text += f": {names.get(row.contrast, row.contrast)}"
        if mixed and row.unit and row.unit != "%":
            text += f", {row.unit}"
        out[row.term, row.contrast] = text
    return out


def capital(text: str) -> str:
    """A capital first letter where the first word is one: not of "mRECIST", "pCR", "ch1" or "t test"."""
    word = text.split(" ", 1)[0].rstrip(",:;")
    return text[:1].upper() + text[1:] if len(word) > 1 and word.isalpha() and word.islower() else text
