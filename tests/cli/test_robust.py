"""The command line meets the world: hostile folders, full disks, closed pipes, other encodings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from upwell.cli.main import EXIT_BROKEN_PIPE, EXIT_BUG, EXIT_INTERRUPTED, report_error
from upwell.errors import DataError

from .caller import Caller, family, jump

UPWELL = Path(sys.executable).with_name("upwell")


@pytest.fixture
def upwell(monkeypatch, capsys):
    return Caller(monkeypatch, capsys)


def call(*words, cwd=None, env=None, **options):
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Results in a folder whose modules have the names of those that Upwell needs."""
    folder = tmp_path_factory.mktemp("downloaded")
    for name in ("polars", "html", "scipy", "upwell_plugin", "rich"):
        (folder / f"{name}.py").write_text("raise SystemExit('code of the folder ran')\n")
    return family(folder / "results.csv", {"copying": jump})


@pytest.mark.parametrize("command", [(UPWELL,), (sys.executable, "-m", "upwell")])
def test_code_of_the_working_folder_is_never_run(table, command):
    done = call(*command, "judge", table.name, cwd=table.parent)
    assert done.returncode == 0
    assert "code of the folder ran" not in done.stderr
    assert "copying" in done.stdout


def test_without_the_guard_the_folder_would_be_run(table):
    code = "import sys; sys.path.insert(0, ''); from upwell.cli import main; main()"
    done = call(sys.executable, "-c", code, "judge", table.name, cwd=table.parent)
    assert "code of the folder ran" in done.stderr


@pytest.mark.parametrize("options", [(), ("--json", "-")])
def test_a_closed_pipe_is_no_error_and_no_failed_gate(table, options):
    reader, writer = os.pipe()
    os.close(reader)
    done = call(UPWELL, "judge", table, *options, stdout=writer)
    os.close(writer)
    assert done.returncode == EXIT_BROKEN_PIPE
    assert done.stderr == ""


def test_a_full_disk_is_one_sentence(table):
    with Path("/dev/full").open("w") as full:
        done = call(UPWELL, "judge", table, "--json", "-", stdout=full)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("upwell: No space left on device; free")


def test_a_file_over_the_limit_leaves_the_old_one(table, tmp_path):
    target = tmp_path / "verdicts.json"
    target.write_text("old")
    done = call("bash", "-c", f"ulimit -f 1; trap '' XFSZ; {UPWELL} judge {table} --json {target}")
    assert done.returncode == 2
    assert "File too large" in done.stderr
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["verdicts.json"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_of_any_encoding_shows_any_name(tmp_path, encoding):
    path = family(tmp_path / "results.csv", {"涌现 \u202e": jump})
    done = call(UPWELL, "judge", path, env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 0
    assert r"\u6d8c\u73b0" in done.stdout
    assert "\u202e" not in done.stdout


def test_a_file_name_that_is_no_text_is_read_and_shown(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv"))
    family(path, {"copying": jump})
    command = f"{UPWELL} judge {tmp_path}/*.csv --json - --report {tmp_path}/page.html"
    done = call("bash", "-c", command, env={"LC_ALL": "C"})
    assert done.returncode == 0
    assert ".csv" in done.stdout
    assert (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("judge", "x" * 300 + ".csv"), "name"),
        (("judge", "loop.csv"), "loop.csv"),
        (("judge", "pipe.json"), "named pipe"),
        (("judge", "/dev/null"), "/dev/null"),
        (("judge", "results.csv", "--json", "loop.csv/x.json"), "loop.csv"),
        (("judge", "results.csv", "--json", "results.csv/x.json"), "choose another path"),
        (("judge", "results.csv", "--json", "x" * 300 + ".json"), "name"),
        (("feedback", "pipe.json"), "pipe.json"),
    ],
)
def test_a_path_that_cannot_be_used_is_one_sentence(tmp_path, words, message):
    family(tmp_path / "results.csv", {"copying": jump})
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(tmp_path / "pipe.json")
    done = call(UPWELL, *words, cwd=tmp_path, timeout=120)
    assert done.returncode == 2
    assert message in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_an_interruption_is_a_word_and_its_own_exit_code(capsys):
    assert report_error(KeyboardInterrupt()) == EXIT_INTERRUPTED == 128 + signal.SIGINT
    assert capsys.readouterr().err == "upwell: stopped\n"


def test_a_bug_says_that_it_is_one_and_how_to_report_it(upwell, monkeypatch, table):
    monkeypatch.setattr("upwell.cli.commands.judge.judge_results", lambda *_, **__: {}["surprise"])
    done = upwell("judge", table)
    assert done.code == EXIT_BUG
    (line,) = done.err.splitlines()
    assert "this is a bug in Upwell: KeyError: 'surprise'" in line
    assert "--debug" in line
    done = upwell("judge", table, "--debug")
    assert done.code == EXIT_BUG
    assert "Traceback" in done.err


def test_debug_shows_where_a_sentence_comes_from(upwell, tmp_path):
    done = upwell("judge", tmp_path / "absent.csv", "--debug")
    assert done.code == 2
    assert "Traceback" in done.err
    assert "DataError" in done.err
    assert done.err.splitlines()[-1].startswith("upwell: ")


def test_a_message_cannot_steer_the_terminal(capsys):
    assert report_error(DataError("\x1b[2Jgone\u202e\nsecond")) == 2
    assert capsys.readouterr().err == "upwell: ?[2Jgone??second\n"
