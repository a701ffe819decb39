"""Machines: what is refused, what is warned of, and which guards exclude each other."""

from __future__ import annotations

import pytest

from tests.check.checking import check_text, checked, codes_of

INPUTS = """\
timestep 0.5<s>
enum mode { stand, walk, run }
input c : bool
input d : bool
input x : real
input y : real
input n : int
input m : mode
input far : real<m>
let near = x < 1
"""
PAID = """\
term paid = payout(task)
term seen = c or d or x + y > 0 or n > 0 or m == run or far > 0 or near
"""


def machine(*lines: str, initial: str = "a", final: str = "") -> str:
    body = [f"  initial {initial}", *(f"  {line}" for line in lines)]
    body += [f"  final {final}"] if final else []
    return INPUTS + "machine task {\n" + "\n".join(body) + "\n}\n" + PAID


def found(*lines: str, **options: str) -> list[str]:
    return codes_of(machine(*lines, **options))


@pytest.mark.parametrize(
    ("first", "second", "exclude"),
    [
        ("c", "not c", True),
        ("c", "d", False),
        ("c and d", "not d", True),
        ("c and d", "c", False),
        ("c or d", "not c and not d", True),
        ("c or d", "not c", False),
        ("c implies d", "c and not d", True),
        ("x < 1", "x >= 1", True),
        ("x <= 1", "x >= 1", False),
        ("x < 1", "x > 2", True),
        ("x < 2", "x > 1", False),
        ("1 > x", "x > 2", True),
        ("x < y", "x >= y", True),
        ("x < y", "y < x", True),
        ("x < y", "x < 2 * y", False),
        ("n < 2", "n > 1", True),
        ("n <= 2", "n > 1", False),
        ("n == 2", "n != 2", True),
        ("n == 2", "n == 3", True),
        ("m == walk", "m == run", True),
        ("m in { walk, run }", "m == stand", True),
        ("x in 0 .. 1", "x > 1", True),
        ("x in 0 .. 1", "x in 1 .. 2", False),
        ("near", "x > 1", True),
        ("not near", "x < 0.5", True),
        ("far < 1<m>", "far >= 100<cm>", True),
        ("abs(x) < 1", "abs(x) > 2", True),
    ],
)
def test_guards_exclude_each_other_where_that_can_be_shown(
    first: str, second: str, exclude: bool
) -> None:
    codes = found(f"a -> b when {first}", f"a -> e when {second}", "b -> a when c", "e -> a when c")
    assert ("RW445" in codes) == (not exclude)


def test_the_warning_points_at_both_edges() -> None:
    text = machine("a -> b when c pays 1", "any -> e when d", final="b, e")
    warnings = [w for w in check_text(text)[1] if w.code == "RW445"]
    assert [label.span.text for label in warnings[0].labels] == [
        "any -> e when d",
        "a -> b when c pays 1",
    ]


@pytest.mark.parametrize(
    ("lines", "options", "code"),
    [
        (("a -> ready when c", "raedy -> a when d"), {}, "RW440"),
        (("a -> b when c",), {"final": "done"}, "RW440"),
        (("a -> b when c",), {"final": "any"}, "RW441"),
        (("a -> b when c", "b -> a when d"), {"final": "b"}, "RW442"),
        (("a -> b when c", "b -> b when d"), {"final": "b"}, "RW442"),
        (("a -> b when c", "lost -> a when d"), {}, "RW443"),
        (("a -> b when c", "i -> j when d", "j -> i when d"), {}, "RW443"),
        (("a -> b when c", "a -> e when not c"), {"final": "b"}, "RW444"),
        (("a -> b when c", "a -> e when d"), {}, "RW445"),
        (("a -> b when c", "a -> b when c pays 1"), {}, "RW446"),
        (("a -> b after 2", "a -> b after 1<s>"), {}, "RW446"),
        (("a -> b after 2", "a -> a after 3"), {}, "RW447"),
        (("a -> b when true", "a -> a when c"), {}, "RW447"),
        (("a -> b when c", "b -> a when n > 2 and n < 1"), {}, "RW447"),
        (("a -> b when c times 1.5",), {}, "RW449"),
        (("a -> b when c times n",), {}, "RW449"),
        (("a -> b after 0",), {}, "RW313"),
        (("a -> b after 1<m>",), {}, "RW312"),
        (("a -> b when x",), {}, "RW203"),
        (("a -> b when c pays far",), {}, "RW213"),
        (("a -> b when c pays sum(x over episode)",), {}, "RW304"),
        (("a -> b when following(x else 0) > 0",), {}, "RW304"),
        (("a -> b when c pays [1, 2]",), {}, "RW249"),
        (("a -> b when payout(task) > 0",), {}, "RW106"),
        (("a -> b when c pays progress(task)",), {"final": "b"}, "RW106"),
        (("a -> b when task is a",), {}, "RW106"),
        (("a -> b when cc",), {}, "RW101"),
        (("a -> a when c pays 1",), {}, "RW451"),
        (("a -> b when c pays 2", "b -> a when c pays -1.5"), {}, "RW451"),
        (("a -> b when c pays 2", "b -> a when c pays -2"), {}, None),
        (("a -> b when c pays abs(x)", "b -> a when c"), {}, None),
        (("a -> b when c pays 1", "b -> e when d"), {"final": "e"}, None),
    ],
)
def test_each_way_to_be_wrong_has_its_message(
    lines: tuple[str, ...], options: dict[str, str], code: str | None
) -> None:
    codes = [c for c in found(*lines, **options) if c not in ("RW701", "RW703", "RW711")]
    assert codes == ([] if code is None else [code])


def test_a_guard_that_ranges_rule_out_never_fires_and_leads_nowhere() -> None:
    text = "input x : real in 0 .. 1\nmachine task {\n  initial a\n  a -> b when x > 2\n}\n"
    assert codes_of(text + "term v = task is b\n") == ["RW447", "RW443"]


def test_a_risk_that_the_guard_rules_out_is_none() -> None:
    assert "RW240" not in found("a -> b when x > 0 pays 1 / x")
    assert "RW240" in found("a -> b when x > -1 pays 1 / x")


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ("term v = payout(c)", "RW448"),
        ("term v = payout(tsak)", "RW448"),
        ("term v = c is a", "RW448"),
        ("term v = task is bb", "RW440"),
        ("term v = task", "RW105"),
        ("term v = state(task)", "RW204"),
        ("term v = state(task) == cc", "RW108"),
        ("term v = progress(task)", "RW450"),
        ("term v = payout(task, 2)", "RW206"),
        ("term v = payout(task else 0)", "RW208"),
        ("potential p discount 0.9 = payout(task)", "RW303"),
        ("term v = match state(task) { a -> 1 }", "RW217"),
        ("term v = match state(task) { a -> 1, b -> 2 }", None),
        ("term v = state(task) != a", None),
        ("potential p discount 0.9 = if task is b then 1 else 0", None),
    ],
)
def test_what_is_read_of_a_machine_is_checked(read: str, code: str | None) -> None:
    codes = codes_of(machine("a -> b when c pays 1", "b -> a when d pays -1") + read + "\n")
    assert codes == ([] if code is None else [code])


def test_progress_is_the_share_of_the_way_and_edges_from_any_are_none() -> None:
    lines = (
        "a -> b when c",
        "b -> e when d",
        "any -> lost when c and d",
        "b -> s when c and not d",
    )
    program = checked(machine(*lines, final="e, lost"))
    machine_ = program.machines[0]
    assert dict(zip(machine_.states, machine_.progress, strict=True)) == {
        "a": 0.0, "b": 0.5, "e": 1.0, "lost": 1.0, "s": 0.0,
    }  # fmt: skip


def test_timers_are_counted_in_exact_samples() -> None:
    program = checked(machine("a -> b after 1.2<s>", "b -> a after 3", "a -> a when c times 4"))
    assert [(e.after, e.times) for e in program.machines[0].edges] == [(3, 1), (3, 1), (0, 4)]


def test_a_machine_of_a_used_file_is_read_and_not_paid() -> None:
    used = {"m.reward": "input c : bool\nmachine task {\n  initial a\n  a -> b when c pays 1\n}\n"}
    text = 'use "m.reward" as other\nterm v = payout(other.task)\nterm u = other.task is b\n'
    assert [m.name for m in checked(text, used).machines] == ["other.task"]
    assert codes_of('use "m.reward": task\nterm v = payout(task)\n', used) == []
    assert codes_of('use "m.reward"\nterm v = c\n', used) == []


def test_a_machine_nobody_reads_is_told() -> None:
    text = "input c : bool\nmachine task {\n  initial a\n  a -> b when c\n}\nterm v = c\n"
    assert codes_of(text) == ["RW701"]


def test_machines_may_read_each_other_but_not_in_a_circle() -> None:
    one = "input c : bool\nmachine m {\n  initial a\n  a -> b when c\n}\n"
    two = "machine k {\n  initial a\n  a -> b when m is b\n}\nterm v = k is b\n"
    assert codes_of(one + two) == []
    assert codes_of(one.replace("when c", "when k is b") + two)[0] == "RW106"


def test_without_an_initial_state_the_parser_says_what_is_missing() -> None:
    (finding,) = check_text("input c : bool\nmachine m {\n  a -> b when c\n}\nterm v = 1\n")[1]
    assert finding.code.startswith("RW0")
