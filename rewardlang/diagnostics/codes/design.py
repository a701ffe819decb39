"""Messages of the family `design`: rewards that say something else than what is wanted.

A source is named where it shows the very failure, and nowhere else.
"""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW710",
        title="`{name}` is never above 0, and its weight is negative",
        why="Its range is {range}: the two signs cancel, and what was to be a cost is paid.",
        hint="leave one of the two minus signs away",
        explanation="""\
A cost is written either as a positive amount with a negative weight, as configuration files of simulators do, or
as a negative term with a positive weight. Both at once reward what should be avoided, and the curve goes up all
the same. A value that is below 0 without a minus sign, the logarithm of a probability, is left alone.
""",
        bad="input action : real[2]\nterm effort weight -0.1 = -sum(action ^ 2)\n",
        good="input action : real[2]\nterm effort weight 0.1 = -sum(action ^ 2)\n",
    ),
    Code(
        code="RW711",
        title="`{name}` is an event, and `times dt` makes it smaller the faster the loop runs",
        why="An event happens once, whatever the length of a step; rates accumulate with time.",
        hint="leave `times dt` away",
        explanation="""\
`times dt` belongs to what is paid for as long as it lasts. A touchdown or a goal that is counted once is paid 0.02
of its weight at 50 Hz and 0.01 at 100 Hz, so the balance with everything else moves with the frequency of control.
An event is `rises(c)`, `c and not previous(c ..)`, or something that is paid at one. (legged_gym multiplies every
term by dt, its air time at touchdown included, and compensates by the weight.)
""",
        bad="timestep 0.02<s>\ninput contact : bool\n"
        "term landed times dt = rises(contact else true)\n",
        good="timestep 0.02<s>\ninput contact : bool\nterm landed = rises(contact else true)\n",
    ),
    Code(
        code="RW712",
        title="`{name}` keeps paying beyond its target",
        why="`{operand}` has no upper end: twice as far past the target pays twice as much.",
        hint="end it there: `min(.., 0)`, or `-abs(..)`, or `tolerance(.., lower: target, margin: ..)`",
        explanation="""\
A signed difference to a target is a goal on one side only. Lifting above the goal, running past the line, goes on
being the best thing to do. It is told where the target is called one (`goal`, `target`, `desired` ..) and no end
stops the episode there. (Found in the rewards published with Text2Reward, Xie et al. 2023: height bonuses without a
cap, and signed differences to a target.)
""",
        bad="input height : real<m> per state\nparam goal : real<m> = 0.3<m>\n"
        "term lift = (height - goal) / 1<m>\n",
        good="input height : real<m> per state\nparam goal : real<m> = 0.3<m>\n"
        "term lift = min(height - goal, 0) / 1<m>\n",
    ),
    Code(
        code="RW713",
        title="the cosine of two places says nothing about how far apart they are",
        why="It compares directions from the origin: (1, 1, 1) and (2, 2, 2) are alike to it.",
        hint="use the distance, `norm(a - b)`; or take the cosine of two directions, `goal - hand`",
        explanation="""\
A cosine similarity of positions depends on where the origin happens to be, and is 1 for every point on the ray to
the goal. It is told of two inputs or params in metres whose names do not say that they are directions. (Found as a
test of the goal in the rewards published with Text2Reward, Xie et al. 2023.)
""",
        bad="input hand : real<m>[3]\ninput goal : real<m>[3]\n"
        "term near = if norm(hand) > 0 and norm(goal) > 0 then\n"
        "  dot(hand, goal) / (norm(hand) * norm(goal)) else 0\n",
        good="input hand : real<m>[3]\ninput goal : real<m>[3]\nterm near = -norm(hand - goal) / 1<m>\n",
    ),
    Code(
        code="RW714",
        title="`{name}` is paid from the first step for doing nothing",
        why="Its one condition, `{condition}`, holds as long as nothing moves.",
        hint="pay it at the goal: `near_goal and {condition}`",
        explanation="""\
"The object is static" is part of success in many manipulation tasks, and holds before the task is begun. Paid by
itself it makes standing still the safest policy. It is told where the limit is small, a quarter of what is declared
or half a metre or radian a second, and the bonus is no small part of all that can be paid. (Found in the rewards
published with Text2Reward, Xie et al. 2023.)
""",
        bad="input speed : real<m/s> in 0 .. 2\ninput distance : real<m>\n"
        "term still = speed < 0.1<m/s>\nterm near = -distance / 1<m>\n",
        good="input speed : real<m/s> in 0 .. 2\ninput distance : real<m>\n"
        "term still = distance < 0.05<m> and speed < 0.1<m/s>\nterm near = -distance / 1<m>\n",
    ),
    Code(
        code="RW715",
        title="`{name}` pays less where `{condition}` than anywhere else",
        why="The reward falls at the goal, so the best place is just outside of it.",
        hint="let the near side be the larger one, or drop the jump",
        explanation="""\
A step down at the threshold is a wall around the goal: the policy learns to hover. Shaping and success bonus must
meet so that arriving is never worse than being close. It is told where the other branch grows towards the threshold;
a penalty for being near an obstacle does not.
""",
        bad="input distance : real<m> in 0 .. 1\n"
        "term near = if distance < 0.05<m> then 0 else 2 - distance / 1<m>\n",
        good="input distance : real<m> in 0 .. 1\n"
        "term near = if distance < 0.05<m> then 3 else 2 - distance / 1<m>\n",
    ),
    Code(
        code="RW716",
        title="`{name}` pays the same as `{other}`",
        why="Two terms of one value are one term whose weight is the sum of theirs.",
        hint="remove one, or weight the other",
        explanation="""\
A reward that grew by copying pays one thing twice; its share is then not what any of its weights says.
""",
        bad="input speed : real\nterm walk = speed\nterm run weight 0.5 = speed\n",
        good="input speed : real\nterm walk weight 1.5 = speed\n",
    ),
    Code(
        code="RW717",
        title="`{name}` drowns the other terms",
        why="By the declared ranges it moves the reward {times} times as far as all others together.",
        hint="weight it down, or divide it by the size that counts as one",
        explanation="""\
What a learner sees is the sum. A term hundreds of times larger than the rest leaves them as noise, however clearly
they are written. What happens or does not, and what is paid once at the end, may be large and is left alone.
""",
        bad="input force : real in 0 .. 900\ninput upright : real in 0 .. 1\n"
        "term soft = -force\nterm up = upright\n",
        good="input force : real in 0 .. 900\ninput upright : real in 0 .. 1\n"
        "term soft weight 0.001 = -force\nterm up = upright\n",
    ),
    Code(
        code="RW718",
        title="every step costs, and `{name}` ends the costs for nothing",
        why="No term can be above 0, so the shortest episode is the best one: failing at once pays most.",
        hint="charge for it, `pays -100`, or pay something for each step that goes well",
        explanation="""\
An agent that only loses by living learns to end the episode. An end is a failure if its name says so (`fallen`,
`crashed`, `off_road` ..), or if it comes where a term costs most; a term that reads the end may charge for it.
(Kostrikov et al. 2019, "Discriminator-Actor-Critic", describe how rewards below 0 favour early ends.)
""",
        bad="input action : real[2]\ninput height : real\nterm effort = -sum(action ^ 2)\n"
        "terminate fallen when height < 0.3\n",
        good="input action : real[2]\ninput height : real\nterm effort = -sum(action ^ 2)\n"
        "terminate fallen when height < 0.3 pays -100\n",
    ),
    Code(
        code="RW719",
        title="`{name}` is a product of {count} factors, each of which can be 0",
        why="Where one of them is 0 nothing that the others do is paid, and there is no other term.",
        hint="lift the factors off 0, `(1 + x) / 2`, or add a term that is paid earlier",
        explanation="""\
A product wants everything at once. Early in training some factor is always 0, so there is nothing to climb. The
walker of the DeepMind Control Suite lifts its factor for speed off 0, `(5 * move + 1) / 6`. (Tassa et al. 2018.)
""",
        bad="input a : real in 0 .. 1\ninput b : real in 0 .. 1\ninput c : real in 0 .. 1\n"
        "term all_three = a * b * c\n",
        good="input a : real in 0 .. 1\ninput b : real in 0 .. 1\ninput c : real in 0 .. 1\n"
        "term all_three = a * (1 + b) / 2 * (1 + c) / 2\n",
    ),
    Code(
        code="RW720",
        title="the potential `{name}` has another discount than the one before",
        why="Each must be the discount you train with, and there is one of those.",
        hint="write it once: `param discount : real in 0 .. 1 = 0.99`",
        explanation="""\
Shaping leaves the best policy alone only with the discount of the learner (Ng, Harada and Russell 1999). Two
potentials with different ones cannot both have it.
""",
        bad="input h : real per state\npotential a discount 0.99 = h\npotential b discount 0.9 = -h\n",
        good="input h : real per state\npotential a discount 0.99 = h\npotential b discount 0.99 = -h\n",
    ),
    Code(
        code="RW721",
        title="the potential `{name}` has the discount {given}, the trainer {wanted}",
        why="With another discount than the trainer's the shaping can change which policy is best.",
        hint="write `discount {wanted}`, or make it a param and set it",
        explanation="""\
Potential-based shaping pays `discount * phi(after) - phi(before)`; only with the learner's own discount do the
payments cancel along every path (Ng, Harada and Russell 1999). `rewardlang train` and the callback for
Stable-Baselines3 compare the two.
""",
        bad="from rewardlang.diagnostics.diagnostic import RewardError\n"
        "text = 'input h : real per state\\npotential a discount 0.9 = h'\n"
        "found = rewardlang.parse(text).other_discounts(0.99)\n"
        "if found:\n    raise RewardError(found)",
        good="from rewardlang.diagnostics.diagnostic import RewardError\n"
        "text = 'input h : real per state\\npotential a discount 0.99 = h'\n"
        "found = rewardlang.parse(text).other_discounts(0.99)\n"
        "if found:\n    raise RewardError(found)",
        kind="python",
    ),
)
