"""Messages of the family `machines`: states, edges, and what is read of a reward machine."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_TWO = """\
input key : bool
input door : bool
machine task {
  initial away
  away -> holding when key
  holding -> done when door pays 1
  final done
}
"""
_PAID = "term paid = payout(task)\n"

_STATES: tuple[Code, ...] = (
    Code(
        code="RW440",
        title="the machine `{machine}` has no state `{name}`",
        why="A state is the initial one or the target of an edge: {known}.",
        hint="",
        explanation="""\
A machine has the states that its edges lead to, and the initial one. A name that stands only behind `final`, in
`m is s`, or one letter beside another state is taken for a slip.
""",
        bad=_TWO.replace("final done", "final doen") + _PAID,
        good=_TWO + _PAID,
    ),
    Code(
        code="RW441",
        title="`any` is no state of the machine `{machine}`",
        why="It stands for all states that are not final, on the left of an edge.",
        hint="give the state a name",
        explanation="""\
`any -> broken when hit` is an edge from every state that is not final. Nothing can lead to `any`, and a machine
cannot begin or end there.
""",
        bad=_TWO.replace("  final", "  holding -> any when key and not door\n  final") + _PAID,
        good=_TWO + _PAID,
    ),
    Code(
        code="RW442",
        title="an edge leaves the final state `{name}`",
        why="A machine stays in a final state until the next reset.",
        hint="leave the edge out, or take `{name}` out of `final`",
        explanation="""\
`final` names the states in which a task is over. `any -> s` leaves all others, and a final state needs no edge of
its own to be kept.
""",
        bad=_TWO.replace("  final", "  done -> away when key\n  final") + _PAID,
        good=_TWO + _PAID,
    ),
    Code(
        code="RW443",
        title="the machine `{machine}` never comes to `{name}`",
        why="From the initial state no edges that can fire lead there.",
        hint="add an edge to it, or leave it out",
        explanation="""\
A state that cannot be reached from the initial one, by edges whose guards can hold, has no part in the reward. It
is usually a misspelt name or a forgotten edge.
""",
        bad=_TWO.replace("  final", "  lost -> away when key\n  final") + _PAID,
        good=_TWO + _PAID,
    ),
    Code(
        code="RW444",
        title="from {names} the machine `{machine}` never comes to a final state",
        why="Once there, what the task pays for can no longer happen.",
        hint="add an edge that leads on, or name the state among the `final` ones",
        explanation="""\
A trap is a state that is not final and from which no final state can be reached. If it means failure, say so: make
it final, and end the episode there with `terminate lost when m is lost`.
""",
        bad=_TWO.replace("  final", "  any -> lost when not key and not door\n  final") + _PAID,
        good=_TWO.replace(
            "  final done", "  any -> lost when not key and not door\n  final done, lost"
        )
        + _PAID,
    ),
)

_EDGES: tuple[Code, ...] = (
    Code(
        code="RW445",
        title="two edges can fire on the same step",
        why="Then the one that comes first in the file is taken.",
        hint="make the guards exclude each other, as `a` and `b and not a`, or accept it: `# allow RW445`",
        explanation="""\
On one transition a machine takes one edge: of all that leave its state, those from `any` included, the first in the
file whose guard holds. Where two can hold at once the order of lines decides, which is easily overlooked. Guards
exclude each other where that can be shown: `c` and `not c`, `x < 1` and `x >= 1`, two members of an enum. Timers
(`after`) are left out: they can always coincide with a guard.
""",
        bad=_TWO.replace("  final", "  holding -> away when key\n  final") + _PAID,
        good=_TWO.replace("  final", "  holding -> away when key and not door\n  final") + _PAID,
    ),
    Code(
        code="RW446",
        title="two edges of the machine `{machine}` say the same",
        why="They leave the same states, lead to the same one, and wait for the same; only the first can fire.",
        hint="leave one out",
        explanation="""\
Two edges between the same states are two edges where their guards differ: each keeps its payment, and
`out.machines[..].edge` says which one fired. With one guard the second can never be taken.
""",
        bad=_TWO.replace("  final", "  holding -> done when door pays 2\n  final") + _PAID,
        good=_TWO.replace("  final", "  holding -> done when key and not door pays 2\n  final")
        + _PAID,
    ),
    Code(
        code="RW447",
        title="this edge never fires",
        why="Its guard cannot hold, or an earlier edge is always taken before it.",
        hint="",
        explanation="""\
From the declared ranges the guard is false on every step; or an earlier edge from the same state fires whenever this
one could: its guard always holds, or its timer is not longer.
""",
        bad="input x : real in 0 .. 1\nmachine m {\n  initial a\n  a -> b when x > 2 pays 1\n}\n"
        "term paid = payout(m)\n",
        good="input x : real in 0 .. 3\nmachine m {\n  initial a\n  a -> b when x > 2 pays 1\n}\n"
        "term paid = payout(m)\n",
    ),
    Code(
        code="RW449",
        title="`times` needs a whole number, 1 or more",
        why="It counts the samples on which the guard has held since the state was entered.",
        hint="write it as a number: `when hit times 3`",
        explanation="""\
`a -> b when hit times 3` fires on the third sample, since the machine entered `a`, on which `hit` holds. For an
edge from `any` the count begins anew with each state. The number is fixed when the program is compiled.
""",
        bad=_TWO.replace("when door", "when door times 0") + _PAID,
        good=_TWO.replace("when door", "when door times 2") + _PAID,
    ),
    Code(
        code="RW453",
        title="the machine `{name}` has {edges} edges",
        why="There can be 200 of them; each is a part of the kernel.",
        hint="put what repeats into inputs or lets, and read those in the guards",
        explanation="""\
All guards are computed on each step. A task that needs so many edges usually counts something that an input could
count.
""",
        bad="input key : int\nmachine m {\n  initial a\n"
        + "".join(f"  a -> b when key == {n}\n" for n in range(201))
        + "}\nterm paid = payout(m)\n",
        good=_TWO + _PAID,
    ),
)

_READ: tuple[Code, ...] = (
    Code(
        code="RW448",
        title="`{name}` is no machine",
        why="`payout(m)`, `state(m)`, `progress(m)` and `m is s` take the name of a `machine`.",
        hint="",
        explanation="""\
A machine is no value; these read it. To compare the value of an enum write `mode == walk`.
""",
        bad=_TWO + "term paid = payout(key)\n",
        good=_TWO + _PAID,
    ),
    Code(
        code="RW450",
        title="`progress({name})` needs `final` states",
        why="It says how near the machine is to one of them.",
        hint="name the states in which the task is done: `final done`",
        explanation="""\
`progress(m)` is 1 in a final state, 0 where none can be reached, and else 1 - d / D: d is the fewest edges to a
final state, D the largest d of all states. Edges from `any` do not count as a way.
""",
        bad=_TWO.replace("  final done\n", "")
        + "potential nearer discount 0.99 = progress(task)\n",
        good=_TWO + "potential nearer discount 0.99 = progress(task)\n",
    ),
    Code(
        code="RW451",
        title="each round {path} pays at least {least}",
        why="The machine can go round as long as the episode lasts, and is paid every time.",
        hint="pay once on the way to a final state, charge the way back, or accept it: `# allow RW451`",
        explanation="""\
What a learner can repeat it will repeat: an agent that is paid for picking up a cup, and can put it down for
nothing, picks it up all day. Charge the edge that leads back, or use `progress(m)` in a potential, whose payments
cancel round a circle. A patrol that is meant to go on is fine: `# allow RW451`.
""",
        bad=_TWO.replace("when key", "when key pays 0.1").replace(
            "  final", "  holding -> away after 10\n  final"
        )
        + _PAID,
        good=_TWO.replace("when key", "when key pays 0.1").replace(
            "  final", "  holding -> away after 10 pays -0.1\n  final"
        )
        + _PAID,
    ),
    Code(
        code="RW452",
        title="nothing reads `payout({name})`",
        why="The edges of the machine pay, but no term takes it.",
        hint="add `term task = payout({name})`",
        explanation="""\
A machine is paid where its payout is read: `term task weight 2 = payout(m)`. So it can be weighted, combined, or
only watched.
""",
        bad=_TWO + "term there = task is done\n",
        good=_TWO + _PAID,
    ),
)

_PROGRAM = f'''\
import numpy as np
program = rewardlang.parse("""{_TWO}{_PAID}""")
'''
_ASK = 'program.compile(backend="numpy").counterfactual({"key": True, "door": False})'
_ENV = """\
import gymnasium
from rewardlang.gymnasium import RewardWrapper
env = gymnasium.make("CartPole-v1")
bind = {"key": "observation[0]", "door": "observation[1]"}
bind = {name: lambda made: bool(made.observation[0] > 0) for name in bind}
"""

_CALLED: tuple[Code, ...] = (
    Code(
        code="RW454",
        title="the program has no machine `{name}`",
        why="A machine is asked for by the name of its declaration.",
        hint="",
        explanation="""\
`reward.counterfactual(values, machine="delivery")` computes one transition from every state of that machine. The
name may be left out where the program has one machine.
""",
        bad=_PROGRAM + _ASK.replace("False})", 'False}, machine="tusk")'),
        good=_PROGRAM + _ASK,
        kind="python",
    ),
    Code(
        code="RW455",
        title="no other states of `{name}` while functions of the host are asked",
        why="Each state would ask them again for what did not happen.",
        hint="put what the function gives into an input",
        explanation="""\
`counterfactual` runs the kernel from every state of a machine. A program with an `extern` is several kernels with
calls between them, and the calls would be made for transitions that never were.
""",
        bad=f'''\
program = rewardlang.parse("""{_TWO}{_PAID}
extern far(x: bool) -> real from "m:f"
term b = far(key)
""")
reward = program.compile(backend="numpy", externs={{"far": lambda x: x * 1.0}})
reward.counterfactual({{"key": True, "door": False}})
''',
        good=_PROGRAM + _ASK,
        kind="python",
    ),
    Code(
        code="RW456",
        title="the observation cannot take the states of machines",
        why="There is a place for them behind a flat Box or in a Dict, but {what}.",
        hint="flatten the observation first (Gymnasium has `FlattenObservation`), or leave `observe_machines` out",
        explanation="""\
With `observe_machines=True` the wrappers add each machine's state to the observation, as a vector with a 1 at its
place. A picture, a Discrete observation or a Tuple has no place where it could stand. Agents of PettingZoo may have
different spaces; each of these needs a place.
""",
        bad=_ENV + "program = rewardlang.parse('input key : bool\\nterm a = key')\n"
        "RewardWrapper(env, program, bind={'key': bind['key']}, backend='numpy', observe_machines=True)\n",
        good=_PROGRAM
        + _ENV
        + "RewardWrapper(env, program, bind=bind, backend='numpy', observe_machines=True)\n",
        kind="python",
    ),
    Code(
        code="RW457",
        title="{name} is no reward machine that can be read: {what}",
        why="The format has the initial state, the list of terminal states, and then lines such as "
        "`(0,1,'coffee&!wall',ConstantRewardFunction(1))`.",
        hint="",
        explanation="""\
`rewardlang translate` reads the text files of the package `reward_machines` (Toro Icarte et al., 2022). They are
parsed, and nothing in them is run. Formulas join propositions by `&`, `|` and `!`.
""",
        bad="from rewardlang.syntax.from_machine_text import machine_text\nmachine_text('0\\n[1]\\n(0,1,a,print(1))', 'm')",
        good="from rewardlang.syntax.from_machine_text import machine_text\n"
        "machine_text(\"0\\n[1]\\n(0,1,'a',ConstantRewardFunction(1))\", 'm')",
        kind="python",
    ),
)

CODES = _STATES + _EDGES + _READ + _CALLED
