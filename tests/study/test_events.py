from dataclasses import replace

import pytest

from upwell.records import Cost, TrainLogEntry
from upwell.study import Event, StudyStatus, build_runs, workload

from .samples import DECODERS

RUNS = build_runs(DECODERS)
COST = Cost(flops=1e9, seconds=10.0, disk_bytes=1, memory_bytes=1)
TOTAL = workload(RUNS[0]).total_tokens


def line(run, tokens, branch=0, loss=2.0):
    return TrainLogEntry(
        run=run.id, branch=branch, step=1, tokens=tokens, loss=loss, lr_fraction=1.0,
        grad_norm=None, seconds=1.0,
    )  # fmt: skip


def after(*events):
    status = StudyStatus.from_runs(RUNS, [COST] * len(RUNS), workers=2)
    for seconds, kind, run, *rest in events:
        progress = rest[0] if rest else None
        status = status.apply(
            Event(kind=kind, run=run.id, seconds=seconds, progress=progress, reason="why")
        )
    return status


def test_before_anything_everything_waits():
    status = after()
    assert len(status.in_stage("waiting")) == 4
    assert (status.tokens, status.tokens_total) == (0, 4 * TOTAL)
    assert status.tokens_per_second is None
    assert status.seconds_left == 4 * 10 / 2


def test_runs_go_through_their_stages():
    a, b, c, d = RUNS
    status = after(
        (0, "skipped", a), (0, "started", b), (0, "started", c), (5, "finished", b),
        (6, "failed", c), (6, "started", d), (7, "retried", d),
    )  # fmt: skip
    assert [s.run for s in status.in_stage("done")] == [a, b]
    assert [(s.run, s.reason) for s in status.in_stage("failed")] == [(c, "why")]
    assert [s.run for s in status.in_stage("waiting")] == [d]
    assert status.seconds == 7


def test_what_an_earlier_execution_did_is_done_but_not_speed():
    a = RUNS[0]
    status = after(
        (0, "progress", a, line(a, 30_000)),
        (0, "started", a),
        (10, "progress", a, line(a, 50_000)),
    )
    assert status.tokens == 50_000
    assert status.tokens_per_second == 2_000
    assert status.in_stage("running")[0].loss == 2.0


def test_steps_done_again_do_not_count_back():
    a = RUNS[0]
    status = after(
        (0, "started", a),
        (1, "progress", a, line(a, 50_000)),
        (2, "retried", a),
        (2, "started", a),
        (3, "progress", a, line(a, 30_000, loss=None)),
    )
    assert status.tokens == 50_000
    assert status.in_stage("running")[0].loss == 2.0


def test_time_left_learns_from_time_passed():
    a, b = RUNS[:2]
    half = [(0, "started", a), (0, "started", b)]
    half += [(20, "progress", run, line(run, TOTAL // 2)) for run in (a, b)]
    slow = after(*half)
    # 20 planned worker-seconds of 40 a quarter done, at a quarter of the planned speed.
    assert slow.seconds_left == pytest.approx((5 + 5 + 10 + 10) / 2 * 4, rel=0.01)
    assert after(*half, *[(30, "finished", run) for run in RUNS]).seconds_left == 0


def test_a_listener_may_hear_of_runs_it_does_not_know():
    status = after((3, "started", replace(RUNS[0], id="other")))
    assert len(status.in_stage("waiting")) == 4 and status.seconds == 3
