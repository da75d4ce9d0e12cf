"""Addresses: every number of the six shapes has one name, and every name leads back to its number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.errors import InputError
from y90outcomes.results import (
    CurveRow,
    Curves,
    EffectRow,
    Effects,
    Flow,
    FlowRow,
    PointRow,
    Points,
    Result,
    Results,
    Summary,
    SummaryRow,
    Table,
    TableColumn,
)
from y90outcomes.results.addresses import addresses, encode, lookup, numbers, shortest


def run(*items: Result) -> Results:
    return Results(study={}, prose=(), quality=(), inputs=(), environment={}, items=items)


def level(**fields: object) -> SummaryRow:
    plain: dict[str, object] = {
        "variable": "response", "level": "CR", "group": "all", "label": "", "level_label": "", "unit": "",
        "kind": "level", "show": "", "n": 7,
    }  # fmt: skip
    return SummaryRow(**(plain | fields))  # type: ignore[arg-type]


CURVE = Curves(
    id="os",
    title="OS",
    rows=(
        CurveRow("a", 0.0, 1.0, None, None, 4, 0, 0, "no interval at 1"),
        CurveRow("a", 2.5, 0.75, 0.2, 0.95, 4, 1, 0),
        CurveRow("a", 4.0, 0.75, 0.2, 0.95, 3, 0, 1),
        CurveRow("a", 6.0, 0.375, 0.1, 0.8, 2, 1, 0),
        CurveRow("b", 0.0, 1.0, None, None, 1, 0, 0),
        CurveRow("b", 1.0, 0.0, None, None, 1, 1, 0, "at 0"),
    ),
)
EFFECT = Effects(
    id="cox",
    title="Cox",
    n=20,
    events=9,
    rows=(
        EffectRow("hazard_ratio", "tad", estimate=0.5, lower=0.25, upper=None, p=0.04, not_reached=("upper",)),
        EffectRow("hazard_ratio", "ecog", "1", estimate=2.0),
        EffectRow("log_rank", "arm", p=0.2, is_test=True),
        EffectRow("hazard_ratio", "sex", valid=False, reason="nobody of one sex had the event"),
    ),
)
SUMMARY = Summary(
    id="base",
    title="Baseline",
    rows=(level(), level(variable="afp", level=None, kind="number", unit="ng/mL", n=18, median=16.15, reason="x")),
)
FLOW = Flow(id="flow", title="Flow", rows=(FlowRow(1, "size", "Size", "all", 8, 1, 1, 8),))
POINTS = Points(id="dots", title="Dots", rows=(PointRow("s", "g", 1.0, 2.0), PointRow("s", "g", 3.0, None)))
TABLE = Table(id="t", title="T", columns=(TableColumn("key", "Key"), TableColumn("n/N", "n")), rows=(("a=b", 3),))
ALL = run(EFFECT, SUMMARY, CURVE, FLOW, POINTS, TABLE)


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ("cox", "n", 20),
        ("cox#events", "events", 9),
        ("cox/hazard_ratio/tad", "estimate", 0.5),
        ("cox/hazard_ratio/tad#p", "p", 0.04),
        ("cox/hazard_ratio/ecog/1", "estimate", 2.0),
        ("cox/log_rank/arm", "p", 0.2),
        ("base/response=CR/all", "n", 7),
        ("base/afp/all", "median", 16.15),
        ("base/afp/all#n", "n", 18),
        ("os/a/2.5", "estimate", 0.75),
        ("os/a/2.50", "estimate", 0.75),
        ("flow/size/all", "left", 8),
        ("flow/size/all#missing", "missing", 1),
        ("dots/s/1", "y", 2.0),
        ("dots/s/2#x", "x", 3.0),
        ("t/a%3Db/n%2FN", "value", 3),
    ],
)
def test_each_shape_has_its_form_and_its_default_field(address, field, value):
    found = lookup(ALL, address)
    assert (found.field, found.value, found.reason) == (field, value, "")


@pytest.mark.parametrize(
    ("x", "estimate", "at_risk", "events", "censored"),
    [
        ("0", 1.0, 4, 0, 0),
        ("1", 1.0, 4, 0, 0),
        ("2.5", 0.75, 4, 1, 0),
        ("3", 0.75, 3, 0, 0),
        ("4", 0.75, 3, 0, 1),
        ("5.999", 0.75, 2, 0, 0),
        ("6", 0.375, 2, 1, 0),
    ],
)
def test_a_curve_has_the_value_of_the_step_in_force(x, estimate, at_risk, events, censored):
    fields = ("estimate", "at_risk", "events", "censored")
    assert [lookup(ALL, f"os/a/{x}", field).value for field in fields] == [estimate, at_risk, events, censored]


def test_beyond_the_last_time_only_a_curve_at_zero_is_known():
    beyond = lookup(ALL, "os/a/6.1")
    assert beyond.value is None
    assert "beyond the last time of the curve (6)" in beyond.reason
    assert lookup(ALL, "os/a/6.1#at_risk").value == 0
    assert lookup(ALL, "os/b/300").value == 0.0
    assert lookup(ALL, "os/b/300#lower").reason == "at 0"


@pytest.mark.parametrize("x", ["-1", "nan", "inf", "later", ""])
def test_no_curve_has_such_a_time(x):
    with pytest.raises(InputError, match="holds no such number"):
        lookup(ALL, f"os/a/{x}")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("cox/hazard_ratio/tad#upper", "not reached"),
        ("cox/hazard_ratio/tad#se", "not defined here"),
        ("cox/hazard_ratio/sex", "nobody of one sex had the event"),
        ("os/a/1#lower", "no interval at 1"),
        ("dots/s/2", "not defined here"),
        ("base#events", "not defined here"),
    ],
)
def test_a_null_has_its_reason(address, reason):
    found = lookup(ALL, address)
    assert (found.value, found.reason) == (None, reason)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "no result ''"),
        ("coxx/hazard_ratio/tad", "'cox'"),
        ("cox/hazard_ratio/tda", "cox/hazard_ratio/tad"),
        ("cox/hazard_ratio/tad#median", "no field 'median'"),
        ("base/response=PR/all", "base/response=CR/all"),
        ("os/c/3", "holds no such number"),
        ("dots/s/3", "holds no such number"),
    ],
)
def test_an_unknown_address_is_refused_with_the_nearest(address, words):
    with pytest.raises(InputError) as caught:
        lookup(ALL, address)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


def test_every_number_is_listed_once_and_found_again():
    found = list(numbers(ALL))
    assert len({one.long for one in found}) == len(found)
    for one in found:
        assert lookup(ALL, one.long) == one
    listed = [address for item in ALL.items for address in addresses(item)]
    assert {one.address for one in found} == set(listed)


NAMES = st.text(alphabet=st.one_of(st.sampled_from("/=%# ;é≥a1"), st.characters(exclude_categories=["Cs"])), min_size=1)


@given(NAMES, NAMES)
def test_encoding_is_one_to_one_and_hides_the_separators(first, second):
    assert not set("/=#") & set(encode(first))
    assert (encode(first) == encode(second)) == (first == second)


@given(name=NAMES, other=NAMES, group=NAMES)
def test_any_name_can_stand_in_an_address(name, other, group):
    results = run(
        Effects(id=name, title="", rows=(EffectRow(name, other, group, estimate=1.5),)),
        Summary(id=name + "s", title="", rows=(level(variable=name, level=other, group=group, n=3),)),
        Curves(id=name + "c", title="", rows=(CurveRow(group, 0.0, 1.0, 0.5, 1.0, 2, 0, 0),
                                              CurveRow(group, 2.0, 0.5, 0.1, 0.9, 2, 1, 0))),
        Table(id=name + "t", title="", columns=(TableColumn("k", "K"), TableColumn(other, "")), rows=((group, 4),)),
    )  # fmt: skip
    for one in numbers(results):
        assert lookup(results, one.long) == one
    between = lookup(results, f"{encode(name)}c/{encode(group)}/1.5")
    assert (between.value, between.address) == (1.0, f"{encode(name)}c/{encode(group)}/1.5")
    beyond = lookup(results, f"{encode(name)}c/{encode(group)}/9")
    assert beyond.long == f"{encode(name)}c/{encode(group)}/9#estimate"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_shortest_reads_back_to_the_same_double(value):
    text = shortest(value)
    assert float(text) == value
    assert len(text) <= max(len(repr(value)), 17)


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_a_whole_number_has_no_point(value):
    assert shortest(value) == shortest(float(value)) == str(value)


def test_shortest_of_what_is_no_number_fails():
    with pytest.raises((ValueError, TypeError)):
        shortest("x")  # type: ignore[arg-type]
    assert shortest(0.1 + 0.2) == "0.30000000000000004"
    assert shortest(1e15) == "1000000000000000.0"
    assert math.isclose(float(shortest(1e-320)), 1e-320)
