"""The shell around the pipeline: every fault becomes a message and an exit code; a narrow console does not crash."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from y90outcomes import cli
from y90outcomes.cli import console, group
from y90outcomes.errors import Fault, InputError, Issue, ValueUnavailable


def failing(fault: BaseException) -> Callable[..., Any]:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise fault

    return fail


def run(monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> Result:
    """`y90 show x` where reading the run fails so."""
    from y90outcomes import pipeline

    monkeypatch.setattr(pipeline, "load", failing(fault))
    return CliRunner().invoke(cli.main, ["show", "x"])


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (
            InputError([Fault("page, line 3", "unknown word 'a'", "'b'", "correct it"), Fault("", "second")]),
            2,
            "page, line 3: unknown word 'a'\n  allowed: 'b'\n  do: correct it\nsecond\n",
        ),
        (ValueUnavailable("os/a/3#upper: not reached"), 1, "os/a/3#upper: not reached\n"),
        (FileNotFoundError(2, "No such file or directory", "gone.csv"), 2, "gone.csv: No such file or directory\n"),
        (PermissionError(13, "Permission denied", "shut"), 2, "shut: Permission denied\n"),
        (OSError("odd"), 2, "a file: cannot be read or written\n"),
    ],
    ids=lambda item: type(item).__name__ if isinstance(item, BaseException) else "",
)
def test_a_fault_is_a_message_and_an_exit_code(monkeypatch, fault, code, message):
    done = run(monkeypatch, fault)
    assert (done.exit_code, done.stdout, done.stderr) == (code, "", message)


def test_a_fault_of_ours_shows_no_trace_and_no_value(monkeypatch):
    monkeypatch.delenv("Y90_TRACEBACK", raising=False)
    done = run(monkeypatch, ValueError("could not convert 'Mme Dupont' to float"))
    assert done.exit_code == 2
    assert done.stderr.startswith("a fault of y90outcomes itself: ValueError in test_cli.py, line ")
    assert "do: report it" in done.stderr
    assert "Dupont" not in done.output
    assert "Traceback" not in done.output
    monkeypatch.setenv("Y90_TRACEBACK", "1")
    assert isinstance(run(monkeypatch, ValueError("x")).exception, ValueError)


@pytest.mark.parametrize("arguments", [["run"], ["run", "a", "b"], ["report", "x", "--format", "pie"], ["nothing"]])
def test_wrong_usage_exits_2(arguments):
    done = CliRunner().invoke(cli.main, arguments)
    assert done.exit_code == 2
    assert "Usage: " in done.stderr


def issue(severity: str, rule: str, value: str, row: int) -> Issue:
    return Issue(f"{rule}-{row}", severity, rule, "lyon", "a.csv", "", row, "labs", "value", "Bili", "message", value)


def test_issues_are_counted_by_place_without_values(capsys):
    issues = (
        issue("blocking", "bad_number", "12,3mg", 2),
        issue("blocking", "bad_number", "secret", 9),
        issue("query", "required_missing", "", 4),
    )
    console.print_issues(issues)
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "blocking: bad number: 2 in labs.value of lyon",
        "query: required missing: 1 in labs.value of lyon",
    ]
    assert said.err == ""


def test_an_issue_never_shows_its_value():
    shown = issue("blocking", "bad_number", "secret", 2)
    assert shown.value == "secret"
    assert "secret" not in repr(shown)
    assert "secret" not in str(shown)


def test_a_console_without_an_arrow_gets_its_escape(monkeypatch):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict", write_through=True)
    monkeypatch.setattr(group.sys, "stdout", stream)
    with click.Context(cli.main):
        assert cli.main.callback is not None
        cli.main.callback()
    click.echo("a → b", file=stream)
    assert raw.getvalue() == b"a \\u2192 b" + os.linesep.encode()


def test_progress_is_silent_when_piped(capsys):
    with console.progress_bar() as progress:
        progress("reading", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_every_option_says_what_it_does():
    def commands(group: click.Group) -> list[click.Command]:
        found: list[click.Command] = []
        for one in group.commands.values():
            found += commands(one) if isinstance(one, click.Group) else [one]
        return found

    every = commands(cli.main)
    assert len(every) == 19
    for one in every:
        assert one.help, one.name
        for option in one.params:
            assert not isinstance(option, click.Option) or option.help, (one.name, option.name)


def test_version():
    from y90outcomes import __version__

    assert CliRunner().invoke(cli.main, ["--version"]).output == f"y90, version {__version__}\n"


def test_the_issues_file_cannot_be_written(monkeypatch, tmp_path):
    """Even then: one message, exit 2."""
    from y90outcomes import pipeline
    from y90outcomes.errors import FindingsError

    CliRunner().invoke(cli.main, ["init", str(tmp_path / "study")])
    monkeypatch.setattr(pipeline, "run", failing(FindingsError([issue("blocking", "bad_number", "x", 2)])))
    listed = tmp_path / "no" / "such" / "folder.csv"
    done = CliRunner().invoke(
        cli.main, ["run", str(tmp_path / "study"), "--out", str(tmp_path / "out"), "--issues", str(listed)]
    )
    assert done.exit_code == 2
    assert "No such file or directory" in done.stderr
    assert not Path(tmp_path / "out").exists()
