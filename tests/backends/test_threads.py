"""How threads share a call: every row once, whoever comes, and nobody waits for who does not."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from rewardlang import backends
from rewardlang.backends.threads import Team
from rewardlang.plan import Plan
from tests.backends.sketch import Session, Sketch

ROWS = 3000


def counting_plan() -> Plan:
    s = Sketch("counting")
    s.make_cell("sum")
    grown = s.apply("add", s.cell("sum"), s.input("x"))
    s.total(s.term("grown", grown))
    s.store("sum", grown)
    return s.plan()


def shared_kernel(threads: int) -> Any:
    kernel: Any = backends.compile(counting_plan(), "numba", np.float64)
    kernel.threads = threads
    kernel._step.row_time, kernel._step.trials = 1.0, 100
    return kernel


@pytest.mark.parametrize("threads", [2, 5])
def test_every_row_is_computed_once_in_many_calls_that_follow_closely(threads: int) -> None:
    kernel = shared_kernel(threads)
    session = Session(kernel, ROWS)
    x = np.arange(ROWS, dtype=np.float64)
    session.reset({})
    for n in range(1, 300):
        kernel._step.alone = 0
        out = session.step({"x": x})
        np.testing.assert_array_equal(out.reward, n * x)


def test_the_first_faulty_rows_are_captured_whoever_computed_them() -> None:
    kernel = shared_kernel(3)
    session = Session(kernel, ROWS)
    x = np.ones(ROWS)
    bad = np.arange(5, ROWS, 91)
    x[bad] = np.nan
    session.reset({})
    session.step({"x": x})
    assert session.faulty == len(bad)
    np.testing.assert_array_equal(session.capture.rows, bad[: len(session.capture.rows)])


def test_a_call_ends_although_no_helper_came(monkeypatch: pytest.MonkeyPatch) -> None:
    from rewardlang.backends import threads

    monkeypatch.setattr(threads._Helper, "begin", lambda *_: None)
    kernel = shared_kernel(2)
    session = Session(kernel, ROWS)
    session.reset({})
    np.testing.assert_array_equal(session.step({"x": np.ones(ROWS)}).reward, np.ones(ROWS))


def test_two_threads_that_step_at_once_do_not_disturb_each_other() -> None:
    results = {}

    def work(number: int) -> None:
        session = Session(shared_kernel(2), ROWS)
        session.reset({})
        for _ in range(50):
            out = session.step({"x": np.full(ROWS, float(number))})
        results[number] = out.reward

    workers = [threading.Thread(target=work, args=(n,)) for n in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for number in (1, 2):
        np.testing.assert_array_equal(results[number], np.full(ROWS, 50.0 * number))


def test_each_call_has_words_and_a_ticket_of_its_own() -> None:
    team = Team()
    first, second = team.words(2), team.words(2)
    assert not np.shares_memory(first, second)
    assert second[2] == first[2] + 1
