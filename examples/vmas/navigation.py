"""VMAS's navigation, paid by a `.reward` file, and trained through the simulator's gradients.

    make vmas                                        # compare, train, draw
    python examples/vmas/navigation.py compare       # the file beside the scenario's own reward
    python examples/vmas/navigation.py train --out out/vmas.png

`Paid` is the scenario with another reward: the whole program is one pure function of tensors, so
gradients flow from what it pays through the physics back to the policy, and the memory of all
environments can be cut off from the past like any other tensor.

Training climbs the reward of `smooth.reward` over windows of steps. Whether that helps is judged by
the scenario's own reward, in the scenario as it comes.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch
import vmas
from torch import Tensor, nn
from torch.utils._pytree import tree_map
from vmas.scenarios.navigation import Scenario

import rewardlang

HERE = Path(__file__).parent
AGENTS, STEPS, WINDOW = 3, 96, 16
WORLD = {"n_agents": AGENTS, "n_lidar_rays": 1, "shared_rew": True}


def seen(agents: Any) -> dict[str, Tensor]:
    """What the programs read of the agents, [B, agent, xy]."""
    return {
        "place": torch.stack([a.state.pos for a in agents], 1),
        "goal": torch.stack([a.goal.state.pos for a in agents], 1),
    }


class Paid(Scenario):
    """Navigation, paid by a program. `parts` is what its last step gave."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        program = rewardlang.load(path)
        self.reads = set(program.inputs)
        self.pure = program.compile("torch", dtype="float32").functional()
        self.memory: Any = None
        self.parts: Any = None

    def reset_world_at(self, env_index: int | None = None) -> None:
        super().reset_world_at(env_index)
        values = seen(self.world.agents)
        if env_index is None:
            self.memory = self.pure.init(len(values["place"]), values)
            return
        mask = torch.zeros(len(values["place"]), dtype=torch.bool)
        mask[env_index] = True
        self.memory = self.pure.reset(self.memory, mask, values)

    def reward(self, agent: Any) -> Tensor:
        """VMAS asks for each agent in turn; the first one runs the program for all."""
        agents = self.world.agents
        if agent is agents[0]:
            values = {"place": seen(agents)["place"]}
            if "force" in self.reads:
                values["force"] = torch.stack([a.action.u for a in agents], 1)
            self.parts, self.memory = self.pure.step(self.memory, values)
        paid: Tensor = self.parts.reward[:, agents.index(agent)]
        return paid

    def info(self, agent: Any) -> dict[str, Tensor]:
        return {}

    def cut(self) -> None:
        """Forget how the present state came about: gradients end here."""
        self.memory = tree_map(torch.Tensor.detach, self.memory)
        for agent in self.world.agents:
            agent.state.pos, agent.state.vel = agent.state.pos.detach(), agent.state.vel.detach()
            agent.state.rot = agent.state.rot.detach()
            agent.state.ang_vel = agent.state.ang_vel.detach()


def environment(scenario: Any, size: int, seed: int, gradients: bool = False) -> Any:
    """`size` worlds of so many agents at once."""
    more = {"grad_enabled": True} if gradients else {}
    return vmas.make_env(scenario, num_envs=size, device="cpu", seed=seed, **WORLD, **more)


def compare(size: int = 64, steps: int = 300, seed: int = 0) -> tuple[float, int, int]:
    """`navigation.reward` beside the scenario's own reward, over random steps of both from the same
    seed: the largest difference, how many rewards had a collision, how many steps were left out.

    Left out are steps on which the scenario forgets a collision: it looks for contacts of two
    agents only where, in some world or other, they overlap, so what one world pays hangs on others.
    """
    envs = [environment(x, size, seed) for x in ("navigation", Paid(HERE / "navigation.reward"))]
    worst, touched, forgotten = 0.0, 0, 0
    for env in envs:
        env.reset(seed=seed)
    agents = envs[0].agents
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        actions = [torch.rand(size, 2, generator=generator) * 2 - 1 for _ in range(AGENTS)]
        for n, agent in enumerate(agents):  # half of the worlds, so that some arrive and meet
            toward = 2 * (agent.goal.state.pos - agent.state.pos)
            actions[n][: size // 2] = toward[: size // 2].clamp(-1, 1)
        own, ours = (torch.stack(env.step([a.clone() for a in actions])[1], 1) for env in envs)
        place = seen(agents)["place"]
        gap = torch.cdist(place, place).amin(0)[torch.triu_indices(AGENTS, AGENTS, 1).unbind()]
        if ((gap > 0.2) & (gap <= 0.2051)).any():
            forgotten += 1
            continue
        worst = max(worst, float((own - ours).abs().max()))
        touched += int((own < -0.5).sum())
    return worst, touched, forgotten


class Policy(nn.Module):
    """The same for all agents: its own velocity and goal, and where the others are."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(4 + 4 * (AGENTS - 1), 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(),
            nn.Linear(64, 2),
        )  # fmt: skip

    def forward(self, agents: Any) -> list[Tensor]:
        place = torch.stack([a.state.pos for a in agents], 1)
        speed = torch.stack([a.state.vel for a in agents], 1)
        goal = torch.stack([a.goal.state.pos for a in agents], 1)
        others = []
        for n in range(AGENTS):
            rest = [m for m in range(AGENTS) if m != n]
            near = torch.cat([place[:, rest] - place[:, n : n + 1], speed[:, rest]], -1)
            others.append(near.flatten(1))
        x = torch.cat([speed, goal - place, torch.stack(others, 1)], -1)
        return list(torch.tanh(self.net(x)).unbind(1))


@torch.no_grad()
def judge(policy: Policy, size: int = 128, seed: int = 1000) -> dict[str, float]:
    """The scenario's own reward in an episode, the mean over agents; how often two touched in it;
    and the share of agents on their goals at its end."""
    env = environment("navigation", size, seed)
    env.reset(seed=seed)
    total, touched = torch.zeros(size, AGENTS), torch.zeros(size)
    for _ in range(STEPS):
        _, rewards, _, infos = env.step(policy(env.agents))
        total += torch.stack(rewards, 1)
        touched -= sum(info["agent_collisions"] for info in infos) / 2
    arrived = torch.stack([a.on_goal for a in env.agents]).float().mean()
    return {
        "return": float(total.mean()),
        "touching": float(touched.mean()),
        "arrived": float(arrived),
    }


def train(updates: int = 240, size: int = 64, seed: int = 0) -> list[dict[str, Any]]:
    """Climb the reward through the simulator; a line of results for each tenth update."""
    torch.manual_seed(seed)
    scenario, policy = Paid(HERE / "smooth.reward"), Policy()
    env = environment(scenario, size, seed, gradients=True)
    optimiser = torch.optim.Adam(policy.parameters(), lr=2e-3)
    found = [{"update": 0, "seconds": 0.0, "terms": {}, **judge(policy)}]
    began, step, sums = time.time(), 0, dict[str, float]()
    for update in range(1, updates + 1):
        if step % STEPS == 0:  # all environments of VMAS share one generator: `judge` sets it
            env.reset(seed=seed + step)
        scenario.cut()
        paid = torch.zeros(())
        for _ in range(WINDOW):
            env.step(policy(env.agents))
            paid = paid + scenario.parts.reward.mean()
            for name, part in scenario.parts.weighted.items():
                sums[name] = sums.get(name, 0.0) + float(part.detach().mean())
            step += 1
        optimiser.zero_grad()
        (-paid).backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimiser.step()
        if update % 12 == 0:  # two whole episodes
            terms = {name: value * STEPS / (12 * WINDOW) for name, value in sums.items()}
            sums = {}
            line = {"update": update, "seconds": time.time() - began, "terms": terms}
            found.append({**line, **judge(policy)})
            shown = ", ".join(f"{k} {v:.3f}" for k, v in terms.items())
            print(f"{update:4d}  own return {found[-1]['return']:.3f}  {shown}", flush=True)
    return found


def draw(found: list[dict[str, Any]], path: Path) -> None:
    """Learning, by the scenario's own reward, beside what each term of the program paid."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    updates = [line["update"] for line in found]
    figure, panels = pyplot.subplots(2, 2, figsize=(10, 6.4))
    judged = (
        ("return", "the scenario's own reward", "episode, mean over agents", "#2563a8"),
        ("arrived", "agents on their goals at the end", "share", "#2f9e6e"),
        ("touching", "contacts of two agents", "steps of an episode, all pairs", "#c8423b"),
    )
    for axes, (name, title, unit, color) in zip(panels.flat, judged, strict=False):
        axes.plot(updates, [line[name] for line in found], color=color)
        axes.set_title(title, loc="left")
        axes.set_ylabel(unit)
    panels[0, 1].set_ylim(-0.02, 1.04)
    panels[1, 0].set_ylim(bottom=0)
    paid = panels[1, 1]
    for name, color in zip(found[-1]["terms"], ("#2563a8", "#e08a1e", "#7a5bb5"), strict=True):
        paid.plot(updates[1:], [x["terms"][name] for x in found[1:]], label=name, color=color)
    paid.set_title("what each term of smooth.reward paid", loc="left")
    paid.set_ylabel("episode, mean over agents")
    paid.legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.74))
    for axes in panels.flat:
        axes.set_xlabel("updates of the policy")
        axes.grid(color="#e5e7eb")
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    print(f"wrote {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("compare", "train"))
    parser.add_argument("--updates", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/vmas.png"))
    given = parser.parse_args()
    torch.set_num_threads(1)  # the tensors are small: threads would wait for each other
    if given.what == "compare":
        worst, touched, forgotten = compare(seed=given.seed)
        print(f"largest difference {worst:.1e}, with {touched} collisions; {forgotten} left out")
    else:
        draw(train(given.updates, seed=given.seed), given.out)


if __name__ == "__main__":
    main()
