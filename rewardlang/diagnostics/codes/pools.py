"""Messages of the family `pools`: over a group, a batch, the run; and the order of kernels."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_GROUPS: tuple[Code, ...] = (
    Code(
        code="RW331",
        title="`{name}` over a group of a value per step has two meanings",
        why="Episodes have different lengths: either each episode counts once, or each transition does.",
        hint="",
        explanation="""\
Of [1] and [0, 0, 0] the mean over episodes of their means is 0.5, the mean over all transitions 0.25. Say which:
`mean(mean(x over episode) over group)` or `mean(x over (episode, group))`.
""",
        bad="input x : real\nmetric a = mean(x over group)\nterm b = x\n",
        good="input x : real\nmetric a = mean(x over (episode, group))\nterm b = x\n",
    ),
    Code(
        code="RW333",
        title="`{name}` does not go over groups, batches or the run",
        why="Those that do: {known}.",
        hint="fold the episode first, `{name}(x over episode)`",
        explanation="""\
What is brought together from many episodes is folded between two kernels, in no order.
""",
        bad="input x : real\nmetric a = prod(sum(x over episode) over group)\nterm b = x\n",
        good="input x : real\nmetric a = mean(prod(x over episode) over group)\nterm b = x\n",
    ),
    Code(
        code="RW334",
        title="`over {over}` names no way to bring values together",
        why="There are `over group`, `over batch`, `over run`, `over (episode, group)` and `over (episode, batch)`.",
        hint="",
        explanation="""\
`over (episode, group)` counts each transition of each episode of the group once.
""",
        bad="input x : real\nmetric a = mean(x over (group, batch))\nterm b = x\n",
        good="input x : real\nmetric a = mean(x over (episode, batch))\nterm b = x\n",
    ),
    Code(
        code="RW335",
        title="`{name}` over the {over} needs an `else`",
        why="There may be nothing to fold: a run begins with nothing, a mask can leave nothing, and a group "
        "of one leaves nothing without itself.",
        hint="say what stands for nothing: `{name}(x over {over} else 0)`",
        explanation="""\
`sum`, `count`, `any` and `all` have a value for nothing; `mean`, `min`, `max`, `std` and `var` do not.
""",
        bad="input x : real\nterm b = x - mean(x over run)\n",
        good="input x : real\nterm b = x - mean(x over run else 0)\n",
    ),
    Code(
        code="RW336",
        title="this is known too late to be folded over the {over}",
        why="What is folded must be known when the {over} is complete.",
        hint="",
        explanation="""\
A value that needs its batch is not known when its group is complete.
""",
        bad="input x : real\nlet m = mean(sum(x over episode) over batch)\n"
        "let away = sum(x over episode) - m\nmetric a = mean(away over group)\nterm b = x\n",
        good="input x : real\nlet m = mean(sum(x over episode) over group)\n"
        "let away = sum(x over episode) - m\nmetric a = mean(away over batch)\nterm b = x\n",
    ),
    Code(
        code="RW337",
        title="`excluding self` is for values per episode",
        why="It leaves out the episode for which the fold is computed.",
        hint="fold the episode first: `mean(sum(x over episode) over group excluding self else 0)`",
        explanation="""\
The baseline of leave-one-out (RLOO) is the mean of the others of the group.
""",
        bad="input x : real\nmetric a = mean(x over batch excluding self else 0)\nterm b = x\n",
        good="input x : real\n"
        "metric a = mean(sum(x over episode) over batch excluding self else 0)\nterm b = x\n",
    ),
)

_RUNS: tuple[Code, ...] = (
    Code(
        code="RW338",
        title="the run keeps one value, and this is one for each environment",
        why="All environments of a call are taken in at once and have no order.",
        hint="bring them together: `sum(x over batch)`, `mean(x over batch)`",
        explanation="""\
What is remembered `over run` is shared by all environments: `let n = previous(n over run else 0) + sum(x over
batch)`. It is read as it stood before the call and stored once after it.
""",
        bad="input x : real\nlet n = previous(n over run else 0) + x\nterm b = x\nmetric m = n\n",
        good="input x : real\nlet n = previous(n over run else 0) + sum(x over batch)\n"
        "term b = x / (1 + abs(previous(n over run else 0)))\n",
    ),
    Code(
        code="RW339",
        title="`previous(.. over run)` needs an `else`",
        why="Before the first call of a run there is nothing to read.",
        hint="say what stands there: `previous(n over run else 0)`",
        explanation="""\
The `else` is a constant, or made from params; it also says the shape: `else zeros(400)`, `else eye(3)`.
""",
        bad="input x : real\nlet n = previous(n over run) + sum(x over batch)\nterm b = x\n",
        good="input x : real\nlet n : real = previous(n over run else 0) + sum(x over batch)\n"
        "term b = x + previous(n over run else 0)\n",
    ),
    Code(
        code="RW340",
        title="an advantage is one value per episode or per step",
        why="This one does not vary with the episode, or waits for what no call knows.",
        hint="compare an episode with the others: `whole - mean(whole over group)`",
        explanation="""\
`advantage = (whole - mean(whole over group)) / std(whole over group else 1)` is what GRPO trains on.
""",
        bad="input x : real\nterm b = x\nadvantage = mean(sum(x over episode) over group)\n",
        good="input x : real\nterm b = x\nlet whole = sum(x over episode)\n"
        "advantage = whole - mean(whole over group)\n",
    ),
    Code(
        code="RW341",
        title="this call would have to know its own replies to be made",
        why="Its arguments, or the condition under which it is made, depend on what was remembered of its "
        "replies.",
        hint="take the arguments from the inputs, and remember the reply in a term of its own",
        explanation="""\
Functions of the host are asked between two kernels, for all rows at once, so that a thousand environments cost
one call. A call that waits for its own reply of the step before has no place in such an order.
""",
        bad='input x : real\nextern f(x: real) -> real from "m:f"\n'
        "let y = if previous(y else 0) > 1 then 0 else f(x)\nterm b = y\n",
        good='input x : real\nextern f(x: real) -> real from "m:f"\n'
        "let y = f(x)\nterm b = if previous(y else 0) > 1 then 0 else y\n",
    ),
    Code(
        code="RW342",
        title="what the run remembers cannot wait for two folds in a row",
        why="It is stored from what one call brings, folded once `over batch`.",
        hint="fold powers and combine: the variance from `mean(x ^ 2 over batch)` and `mean(x over batch)`",
        explanation="""\
`std(x over run else 1)` keeps a running deviation without any of this.
""",
        bad="input x : real\nlet m = mean(x over batch)\n"
        "let n = previous(n over run else 0) + sum((x - m) ^ 2 over batch)\n"
        "term b = x + previous(n over run else 0)\n",
        good="input x : real\nterm b = x / std(x over run else 1)\n",
    ),
)

_ON_USE: tuple[Code, ...] = (
    Code(
        code="RW634",
        title="what the program remembers over the run cannot be merged: `{name}`",
        why="Only what grows by addition, `previous(n over run else 0) + ..`, and the folds can be.",
        hint="keep it in one worker",
        explanation="""\
Workers that began from one state have each added something of their own; what was added can be summed. A value
made from its own past in another way has no such parts.
""",
        bad="text = 'input x : real\\nlet s = 0.9 * previous(s over run else 0) + mean(x over batch)\\n"
        "term b = x + previous(s over run else 0)'\n"
        "reward = rewardlang.parse(text).compile('numpy')\n"
        "reward.step({'x': [1.0, 2.0]})\nreward.merge_run([reward.state_dict()])",
        good="text = 'input x : real\\nlet s = previous(s over run else 0) + sum(x over batch)\\n"
        "term b = x + previous(s over run else 0)'\n"
        "reward = rewardlang.parse(text).compile('numpy')\n"
        "reward.step({'x': [1.0, 2.0]})\nreward.merge_run([reward.state_dict()])",
        kind="python",
    ),
    Code(
        code="RW635",
        title="these workers did not begin from one state: `{name}` differs",
        why="Only what was added since a common point can be merged.",
        hint="load one `state_dict` into all of them before they part",
        explanation="""\
After `merge_run` the merged state is the new common point: hand its `state_dict` to all workers.
""",
        bad="text = 'input x : real\\nterm b = x - mean(x over run else 0)'\n"
        "make = lambda: rewardlang.parse(text).compile('numpy')\n"
        "a, b = make(), make()\na.step({'x': [1.0, 2.0]})\na.merge_run([])\n"
        "b.merge_run([a.state_dict()])",
        good="text = 'input x : real\\nterm b = x - mean(x over run else 0)'\n"
        "make = lambda: rewardlang.parse(text).compile('numpy')\n"
        "a, b = make(), make()\na.step({'x': [1.0, 2.0]})\nb.step({'x': [3.0]})\n"
        "b.merge_run([a.state_dict()])",
        kind="python",
    ),
    Code(
        code="RW646",
        title="this program compares the episodes of a group, and no groups are given",
        why="Which episodes began alike is known to the loop only.",
        hint="`evaluate(columns, group=ids)` with one id for each episode",
        explanation="""\
A group is the episodes of one start, the completions of one prompt. Equal ids are one group.
""",
        bad="text = 'input x : real\\nlet w = sum(x over episode)\\nterm a = w - mean(w over group)'\n"
        "rewardlang.parse(text).compile('numpy').evaluate({'x': [[1.0, 2.0]]})",
        good="text = 'input x : real\\nlet w = sum(x over episode)\\nterm a = w - mean(w over group)'\n"
        "rewardlang.parse(text).compile('numpy').evaluate({'x': [[1.0, 2.0]]}, group=[0])",
        kind="python",
    ),
    Code(
        code="RW647",
        title="the groups are {given}, wanted is one id for each of {episodes} episodes",
        why="An id is a whole number or a text.",
        hint="",
        explanation="""\
With flat rows, ids may be repeated on each row of an episode.
""",
        bad="text = 'input x : real\\nlet w = sum(x over episode)\\nterm a = w - mean(w over group)'\n"
        "rewardlang.parse(text).compile('numpy').evaluate({'x': [[1.0, 2.0]]}, group=[0, 1])",
        good="text = 'input x : real\\nlet w = sum(x over episode)\\nterm a = w - mean(w over group)'\n"
        "rewardlang.parse(text).compile('numpy').evaluate({'x': [[1.0, 2.0]]}, group=['a'])",
        kind="python",
    ),
    Code(
        code="RW648",
        title="the group changes within an episode, at row {row} of episode {episode}",
        why="All rows of an episode belong to one group.",
        hint="",
        explanation="""\
Flat rows may repeat the id of the group on each row; then it must be the same on all rows of an episode.
""",
        bad="text = 'input x : real\\nlet w = sum(x over episode)\\nterm a = w - mean(w over group)'\n"
        "reward = rewardlang.parse(text).compile('numpy')\n"
        "reward.evaluate({'x': [1.0, 2.0, 3.0]}, episode=[0, 0, 1], group=[0, 1, 1])",
        good="text = 'input x : real\\nlet w = sum(x over episode)\\nterm a = w - mean(w over group)'\n"
        "reward = rewardlang.parse(text).compile('numpy')\n"
        "reward.evaluate({'x': [1.0, 2.0, 3.0]}, episode=[0, 0, 1], group=[0, 0, 1])",
        kind="python",
    ),
)

_SHARED = Code(
    code="RW649",
    title="`{name}` is one value per {shared}, and episode {episode} has another than the first",
    why="All episodes of a {shared} share it.",
    hint="declare it `per episode at reset` if episodes differ",
    explanation="""\
An input `per group` (a prompt) or `per batch` is given once for each of them, or repeated for each episode.
""",
    bad="text = 'input goal : real per group\\ninput x : real\\nterm a = x - goal'\n"
    "reward = rewardlang.parse(text).compile('numpy')\n"
    "reward.evaluate({'x': [[1.0], [2.0]], 'goal': [1.0, 2.0]}, group=[0, 0])",
    good="text = 'input goal : real per group\\ninput x : real\\nterm a = x - goal'\n"
    "reward = rewardlang.parse(text).compile('numpy')\n"
    "reward.evaluate({'x': [[1.0], [2.0]], 'goal': [1.0]}, group=[0, 0])",
    kind="python",
)

_AHEAD: tuple[Code, ...] = (
    Code(
        code="RW343",
        title="`{operand}` needs an `else` for the end of the episode",
        why="Near its end there is nothing, or too little, that follows.",
        hint="say what stands there: `following(x else 0)`",
        explanation="""\
`following(x, n else v)` is v where fewer than n transitions are left; a window over what follows is its `else` until
as many follow. `sum`, `count`, `any` and `all` have a value for nothing.
""",
        bad="input x : real\nterm a = following(x)\n",
        good="input x : real\nterm a = following(x else 0)\n",
    ),
    Code(
        code="RW344",
        title="`{name}` does not go over what follows",
        why="Those that do: {known}.",
        hint="",
        explanation="""\
`sum(x over following 32 else 0)` is the sum of the 32 samples after this one, in recorded data.
""",
        bad="input x : real\nterm a = std(x over following 3 else 0)\n",
        good="input x : real\nterm a = mean(x over following 3 else 0)\n",
    ),
)

CODES: tuple[Code, ...] = (*_GROUPS, *_RUNS, *_ON_USE, _SHARED, *_AHEAD)
