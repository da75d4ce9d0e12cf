"""Descriptions of times to an event that not everybody had."""

from __future__ import annotations

from tests.spec.tables import build

from y90outcomes.methods import METHODS
from y90outcomes.methods.censored_times import with_censored_times
from y90outcomes.results import Result

TEXTS = {"follow_up": "patient | event | day\nA | death | 10\nB | death | 30\nC | last_contact | 90"}


def run(texts: dict[str, str]) -> list[Result]:
    page = {"method": "summary", "title": "Times", "variables": ["days", "dead"]}
    made = build(
        {
            "variables": {
                "days": {"kind": "time_to", "event": "death", "unit": "days", "label": "Time to death"},
                "dead": {"kind": "occurrence", "event": "death"},
            },
            "analyses": {"a": page},
        },
        **texts,
    )
    return with_censored_times(made.study, METHODS["summary"](made, "a", made.study.analyses["a"]))


def test_who_is_left_out_of_a_median_of_event_times_is_counted() -> None:
    (item,) = run(TEXTS)
    (note,) = item.notes
    assert (note.kind, note.level) == ("median_of_censored_times", "caution")
    assert note.message.startswith(
        "Time to death: the 2 who had the event are described, the 1 not known to have had it"
    )


def test_no_note_where_everybody_or_nobody_had_the_event() -> None:
    assert run({"follow_up": "patient | event | day\nA | death | 10\nB | death | 30"})[0].notes == ()
    assert run({"follow_up": "patient | event | day\nA | last_contact | 10"})[0].notes == ()
