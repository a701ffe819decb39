"""Levels: what a value varies over, when it is known, and which sink takes what."""

from __future__ import annotations

import pytest

from rewardlang.check.typed import Checked
from rewardlang.types import Index, Known, Level
from tests.check.checking import check_text, checked, codes_of

INPUTS = """
timestep 0.1<s>
input s : real per state
input x : real
input goal : real per episode at reset
input score : real per episode
param k = 1.0
"""


def program_of(expression: str) -> Checked:
    return checked(INPUTS + f"let y = {expression}\nmetric m = y\n")


@pytest.mark.parametrize(
    ("expression", "index", "known"),
    [
        ("1 + 2", Index.NONE, Known.STATIC),
        ("k * 2", Index.NONE, Known.LIVE),
        ("steps / 100", Index.NONE, Known.LIVE),
        ("s + k", Index.STATE, Known.NOW),
        ("s + x", Index.STEP, Known.NOW),
        ("real(t)", Index.STATE, Known.NOW),
        ("real(terminated)", Index.STEP, Known.NOW),
        ("goal + 1", Index.EPISODE, Known.RESET),
        ("goal + s", Index.STATE, Known.NOW),
        ("score", Index.EPISODE, Known.END),
        ("score * x", Index.STEP, Known.END),
        ("previous(s)", Index.STATE, Known.NOW),
        ("previous(x else 0)", Index.STEP, Known.NOW),
        ("at_reset(s)", Index.EPISODE, Known.RESET),
        ("at_reset(x)", Index.EPISODE, Known.NOW),
        ("ema(s, decay: 0.9)", Index.STATE, Known.NOW),
        ("mean(x over past)", Index.STEP, Known.NOW),
        ("max(s over last 3)", Index.STATE, Known.NOW),
        ("mean(x over episode)", Index.EPISODE, Known.END),
        ("x - mean(x over episode)", Index.STEP, Known.END),
        ("sum([s, 1])", Index.STATE, Known.NOW),
        ("time_since(s > 0)", Index.STATE, Known.NOW),
        ("if s > 0 then x else 0", Index.STEP, Known.NOW),
        ("sum(s over episode where x > 0)", Index.EPISODE, Known.END),
    ],
)
def test_levels_follow_the_rules(expression: str, index: Index, known: Known) -> None:
    assert program_of(expression).lets[0].value.level == Level(index, known)


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        ("term a weight x = s", "RW302"),
        ("term a weight goal = s", "RW302"),
        ("term a on fault x = s", "RW302"),
        ("potential p discount x = s", "RW302"),
        ("potential p discount 0.9 = x", "RW303"),
        ("potential p discount 0.9 = s + mean(x over past)", "RW303"),
        ("potential p discount 0.9 = at_reset(x)", "RW303"),
        ("potential p discount 0.9 = score", "RW304"),
        ("terminate e when score > 0", "RW304"),
        ("terminate e when x > 0 pays score", "RW304"),
        ("term a = mean(k over episode)", "RW305"),
        ("term a = mean(goal over past)", "RW305"),
        ("term a = sum(score over episode)", "RW305"),
        ("term a = previous(goal else 0)", "RW308"),
        ("term a = previous(score * x else 0)", "RW306"),
        ("metric all = total", "RW314"),
        ("terminate e when reward > 0", "RW315"),
        ("term a = mean(x over group)", "RW331"),
        ("term a = mean(score over (episode, group))", "RW305"),
        ("let n = previous(n over run else 0) + x", "RW338"),
        ("term a = following(x)", "RW343"),
        ("term a = previous(x over run else 0)", "RW338"),
        ("term a paid spread = score", "RW190"),
        ("advantage = 1", "RW340"),
    ],
)
def test_a_sink_refuses_what_it_cannot_take(declaration: str, code: str) -> None:
    found = [c for c in codes_of(INPUTS + declaration + "\nmetric used = x\n") if c < "RW700"]
    assert found == [code]


def test_a_potential_names_the_step_level_leaf_through_lets() -> None:
    text = INPUTS + "let slow = x * 2\nlet both = s + slow\npotential p discount 0.9 = both\n"
    _, findings = check_text(text)
    finding = next(d for d in findings if d.code == "RW303")
    assert finding.args["leaf"] == "x"


def test_a_potential_may_read_history_of_states() -> None:
    checked(
        INPUTS + "potential p discount 0.9 = ema(s, decay: 0.9) + previous(s) + t * dt / 1<s>\n"
    )


@pytest.mark.parametrize(
    ("term", "pays"),
    [
        ("term a = 1", "now"),
        ("term a = goal", "now"),
        ("term a = x", "now"),
        ("term a = score", "end"),
        ("term a = mean(x over episode)", "end"),
        ("term a paid last = x", "end"),
    ],
)
def test_a_term_is_paid_when_it_is_known(term: str, pays: str) -> None:
    assert checked(INPUTS + term + "\n").terms[0].pays == pays


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("term a = x\n", "online"),
        ("term a = x\nterm b = score\n", "episodic"),
        ("term a = x\nmetric m = score\n", "online"),
        ("term a = score\nreward = x\n", "online"),
        ("term a = x\nreward = total + score\n", "episodic"),
        ("potential p discount 0.9 = s\n", "online"),
    ],
)
def test_the_mode_is_that_of_what_is_paid(text: str, mode: str) -> None:
    assert checked(INPUTS + text).mode == mode


def test_a_term_read_by_name_is_per_step_and_raw() -> None:
    program = checked(INPUTS + "term up weight 3 = s > 0\nmetric m = sum(up over episode)\n")
    leaf = program.metrics[0].value.args[0]
    assert leaf.attr.name == "up"
    assert leaf.level == Level(Index.STEP, Known.NOW)
    assert (leaf.range.lo, leaf.range.hi) == (0, 1)


def test_a_term_that_reads_the_reward_is_a_cycle() -> None:
    assert codes_of(INPUTS + "term a = x + reward\n")[0] == "RW106"


def test_metrics_and_tests_read_the_reward() -> None:
    text = INPUTS + "term a = x\nmetric m = mean(reward over episode)\n"
    text += 'test "it pays" {\n  given x = [1, 2]\n  expect reward > 0\n}\n'
    checked(text)


def test_the_length_of_an_episode_can_be_counted() -> None:
    program = checked("input x : real\nterm a = x\nmetric n = count(true over episode)\n")
    assert program.metrics[0].value.level == Level(Index.EPISODE, Known.END)
