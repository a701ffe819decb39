"""The reward of a legged robot with eleven terms as a hand-built plan, and by hand in Numba."""

from __future__ import annotations

from rewardlang.plan import Plan
from tests.backends.sketch import Sketch

JOINTS = 12
FEET = 4
WEIGHTS = (1.0, 0.5, -2.0, -0.05, -5.0, -1e-4, -2.5e-7, -0.01, -1.0, 1.0, -10.0)


def legged_plan() -> Plan:
    s = Sketch("legged")
    w = [s.param(f"w{i}", x) for i, x in enumerate(WEIGHTS)]
    c = s.const
    parts: list[int] = []

    def term(name: str, raw: int) -> None:
        parts.append(s.term(name, raw, w[len(parts)]))

    def squares(x: int) -> int:
        return s.reduce("sum", s.apply("mul", x, x), len(s.slots[x].shape) - 1)

    command = s.input("command", (3,))
    velocity = s.input("velocity", (3,))
    spin = s.input("spin", (3,))
    gravity = s.input("gravity", (3,))
    torque = s.input("torque", (JOINTS,))
    speed = s.input("joint_speed", (JOINTS,))
    position = s.input("joint_position", (JOINTS,))
    action = s.input("action", (JOINTS,))
    contact = s.input("contact", (FEET,), "bool")
    height = s.input("height")

    def part(x: int, start: int, stop: int) -> int:
        return s.add("slice", (x,), "real", (stop - start,), (0, start, stop))

    def scalar(x: int, i: int) -> int:
        return s.add("take", (x, c(i, "int")), "real", (), 0)

    s.make_cell("action", "real", (JOINTS,))
    s.make_cell("speed", "real", (JOINTS,))
    s.make_cell("air", "real", (FEET,))
    t = s.count_time()

    s.owner = "track_linear"
    gap = s.apply("sub", part(command, 0, 2), part(velocity, 0, 2))
    term("track_linear", s.apply("exp", s.apply("div", s.apply("neg", squares(gap)), c(0.25))))
    s.owner = "track_angular"
    turn = s.apply("sub", scalar(command, 2), scalar(spin, 2))
    turn2 = s.apply("mul", turn, turn)
    term("track_angular", s.apply("exp", s.apply("div", s.apply("neg", turn2), c(0.25))))
    s.owner = "bounce"
    rise = scalar(velocity, 2)
    term("bounce", s.apply("mul", rise, rise))
    s.owner = "sway"
    term("sway", squares(part(spin, 0, 2)))
    s.owner = "upright"
    term("upright", squares(part(gravity, 0, 2)))
    s.owner = "torques"
    term("torques", squares(torque))
    s.owner = "acceleration"
    change = s.apply("div", s.apply("sub", speed, s.cell("speed")), c(0.02))
    first = s.apply("eq", t, c(1, "int"), number=1)
    change2 = s.reduce("sum", s.apply("mul", change, change), 0)
    term("acceleration", s.apply("select", first, c(0.0), change2))
    s.owner = "action_rate"
    rate = s.apply("sub", action, s.cell("action"))
    rate2 = s.reduce("sum", s.apply("mul", rate, rate), 0)
    term("action_rate", s.apply("select", first, c(0.0), rate2))
    s.owner = "limits"
    over = s.apply("max", s.apply("sub", s.apply("abs", position), c(1.2)), c(0.0))
    term("limits", s.reduce("sum", over, 0))
    s.owner = "air_time"
    air = s.apply("add", s.cell("air"), c(0.02))
    landed = s.apply("and", contact, s.apply("gt", air, c(0.02)))
    gain = s.apply("select", landed, s.apply("sub", air, c(0.5)), c(0.0))
    term("air_time", s.reduce("sum", gain, 0))
    s.owner = "crouch"
    low = s.apply("sub", height, c(0.34))
    term("crouch", s.apply("mul", low, low))
    s.owner = None
    s.total(*parts)
    s.store("action", action)
    s.store("speed", speed)
    s.store("air", s.apply("select", contact, c(0.0), air))
    return s.plan()
