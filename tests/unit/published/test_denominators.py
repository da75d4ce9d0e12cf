"""Whole numbers behind printed percentages: by hand, against every table there is, and unique only when it is."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from y90outcomes.errors import InputError
from y90outcomes.published.denominator_table import TARGET, denominators_table, main, read_denominators
from y90outcomes.published.denominators import Share, Subset, Total, integer_tables
from y90outcomes.published.rounding import printed, rules_printing

STUDY = Path(__file__).parents[3] / "analyses" / "target"


def _share(name: str, numerator: str, denominator: str, text: str) -> Share:
    return Share(name, numerator, denominator, printed(text))


def test_two_groups_by_hand() -> None:
    """Of 5, 50.0 % and 66.7 %: only 1 of 2 and 2 of 3."""
    found = integer_tables([_share("a", "x", "m", "50.0"), _share("b", "y", "n", "66.7")], [Total(("m", "n"), 5)])
    assert found.names == ("m", "n", "x", "y")
    assert found.listed == ((2, 3, 1, 2),)
    assert found.unique


def test_the_strata_of_target_are_implied() -> None:
    _, shares, totals, subsets = read_denominators(STUDY)
    found = integer_tables(shares, totals, subsets)
    table = dict(zip(found.names, found.listed[0], strict=True))
    assert found.unique
    assert [table[f"patients_{s}"] for s in ("below_200", "200_300", "above_300")] == [91, 57, 61]
    assert [table[f"responders_{s}"] for s in ("below_200", "200_300", "above_300")] == [48, 37, 44]
    assert (table["complete_below_200"], table["complete_above_300"]) == (13, 20)
    assert found.by_rounding == {"half up": 1, "half to even": 1, "truncated": 0}


def test_equal_to_trying_every_table() -> None:
    shares = [_share("a", "x", "m", "33"), _share("b", "y", "n", "58"), _share("c", "z", "m", "17")]
    found = integer_tables(shares, [Total(("m", "n"), 48)], [Subset("z", "x")])
    tried = []
    for m in range(1, 48):
        printing = [
            {a: set(made) for a in range(of + 1) if (made := rules_printing(Fraction(100 * a, of), share.printed))}
            for share, of in zip(shares, (m, 48 - m, m), strict=True)
        ]
        for x, y, z in itertools.product(*printing):
            if printing[0][x] & printing[1][y] & printing[2][z] and z <= x:
                tried.append((m, 48 - m, x, y, z))
    assert list(found.listed) == sorted(tried)
    assert found.count == len(tried) > 1
    assert found.exhaustive
    assert not found.unique


@pytest.mark.parametrize(("text", "rules"), [("12", {"half to even", "truncated"}), ("13", {"half up"})])
def test_rounding_rules_are_told_apart(text: str, rules: set[str]) -> None:
    """1 of 8 is 12.5 %."""
    found = integer_tables([_share("a", "x", "n", text)], known={"n": 8})
    assert {rule for rule, count in found.by_rounding.items() if count} == rules
    assert found.listed == ((8, 1),)


def test_one_rule_for_all_shares() -> None:
    """12 wants half to even or truncation, 38 of 37.5 wants half up or half to even: only one rule prints both."""
    found = integer_tables([_share("a", "x", "n", "12"), _share("b", "y", "n", "38")], known={"n": 8})
    assert found.roundings == (("half to even",),)
    none = integer_tables([_share("a", "x", "n", "13"), _share("b", "y", "n", "37")], known={"n": 8})
    assert none.count == 0
    assert none.exhaustive
    assert not none.unique


def test_too_many_are_counted_and_sampled() -> None:
    found = integer_tables([_share("a", "x", "n", "50")], largest=400, keep=5)
    assert found.count > 200
    assert len(found.listed) == 5
    assert found.exhaustive
    assert not found.unique
    short = integer_tables([_share("a", "x", "n", "50")], largest=400, nodes=50)
    assert not short.exhaustive
    assert not short.unique
    assert short.count < found.count


def test_nothing_to_bound_or_unknown_rule() -> None:
    share = _share("a", "x", "n", "50")
    with pytest.raises(InputError):
        integer_tables([share])
    with pytest.raises(InputError):
        integer_tables([share], largest=9, rounding=("up",))


def test_zero_and_hundred_per_cent() -> None:
    found = integer_tables([_share("a", "x", "n", "0.0"), _share("b", "y", "n", "100.0")], known={"n": 7})
    assert found.listed == ((7, 0, 7),)


def test_in_a_report_and_stale_when_a_number_changes(tmp_path: Path) -> None:
    for name in ("denominators.yaml", "published.yaml"):
        (tmp_path / name).write_bytes((STUDY / name).read_bytes())
    assert denominators_table(tmp_path) is None
    main([str(tmp_path)])
    table = denominators_table(tmp_path)
    assert table is not None
    assert not table.notes
    assert table.rows[0] == ("Patients below 200 Gy", 91, 91)
    page = tmp_path / "published.yaml"
    changed = page.read_text(encoding="utf-8").replace("value: 52.7", "value: 52.8")
    page.write_text(changed, encoding="utf-8")
    table = denominators_table(tmp_path)
    assert table is not None
    assert [note.kind for note in table.notes] == ["stale"]
    (tmp_path / TARGET).write_text("[]", encoding="utf-8")
    with pytest.raises(InputError):
        denominators_table(tmp_path)


def test_a_page_with_an_unknown_statistic(tmp_path: Path) -> None:
    (tmp_path / "published.yaml").write_bytes((STUDY / "published.yaml").read_bytes())
    page = (STUDY / "denominators.yaml").read_text(encoding="utf-8").replace("id: orr_lt200", "id: nothing")
    (tmp_path / "denominators.yaml").write_text(page, encoding="utf-8")
    with pytest.raises(InputError, match="nothing"):
        read_denominators(tmp_path)


def test_exact_where_floats_are_not() -> None:
    """2 of 3 printed to twenty decimals."""
    text = str(Decimal(200) / Decimal(3))[:22]
    found = integer_tables([Share("a", "x", "n", printed(text))], largest=50)
    assert {table[1] / table[0] for table in found.listed} <= {2 / 3}
