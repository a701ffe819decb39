"""A program as the reward of a TorchRL environment: a transform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tensordict import TensorDictBase
from torch import Tensor
from torchrl.data import Categorical, Composite, TensorSpec, Unbounded
from torchrl.envs import Transform

from rewardlang.adapters.opened import has_success, opened
from rewardlang.adapters.tensor_episodes import TensorEpisodes
from rewardlang.adapters.tensordicts import Bind, Key, TensorDictBindings
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.tensors.hosted import HostedOutcome, HostedReward
from rewardlang.tensors.outcome import TensorOutcome
from rewardlang.tensors.reward import TensorReward

EPISODE = "episode_terms"


@dataclass
class _Running:
    """What is made when the environment is known."""

    reward: TensorReward | HostedReward
    episodes: TensorEpisodes
    reward_key: Key
    dtype: torch.dtype  # of the environment's reward
    flags: tuple[Key, ...]  # the `terminated`, `truncated` and `done` entries
    paid: tuple[int, ...]  # the shape of the reward behind the batch axes
    entries: dict[Key, Tensor]  # one element of each entry that a step adds, of the same shape


class RewardTransform(Transform):  # type: ignore[misc]
    """Replaces the reward of a TorchRL environment, and ends episodes where the program says so.

        env = TransformedEnv(GymEnv("Pendulum-v1"), RewardTransform("pendulum.reward"))

    program      a program, or the path of its file
    bind         sources by input: a path, a nested key as in TorchRL, or a callable of the
                 tensordict (see `tensordicts`); they go before the `from` clauses of the file
    reward_key   the entry to replace, where the environment has several rewards
    dtype, params, faults   as for `Program.compile`

    The `next` tensordict of a step gets the reward, in the dtype of the environment's own, shaped
    like it; [*batch, n] where the total keeps an axis that the environment's has not; a total
    without the axis is paid to all agents alike. And beside it

    `reward/<term>`     what each term added, [*batch, 1] or [*batch, n]; with `rest` they sum to
                        the reward
    `original_reward`   the environment's own
    `is_success`        where the program has success conditions
    `episode_terms`     what the episode came to so far, under the keys that every loop logs; on
                        its last step that is the episode's

    `terminated` and `done` hold where the environment or the program says so; the loop then resets
    those rows (`step_and_maybe_reset`, `rollout` and collectors do). Truncations count where the
    transform that makes them (`StepCounter`) stands before this one. Memory, params and counters
    are in the `state_dict`.

    Raises RewardError: RW660, RW661, RW665 at once; RW652, RW664, RW685 for sources that the
    environment does not have, when its specs are asked for, it is reset or stepped; RW639 where
    there is no environment, or one that resets itself and loses the last observation of an episode
    (`native_autoreset=True`).
    """

    def __init__(
        self,
        program: Program | str | Path,
        bind: Bind | None = None,
        *,
        reward_key: str | Key | None = None,
        dtype: str | None = None,
        params: Mapping[str, Any] | None = None,
        faults: str | None = None,
    ) -> None:
        super().__init__()
        self.program = opened(program)
        self._bindings = TensorDictBindings(self.program, bind)
        self._asked = reward_key
        self._dtype, self._params = dtype, dict(params or {})
        self._faults = faults
        self._success = has_success(self.program)
        self._running: _Running | None = None
        self._saved: Mapping[str, Any] | None = None

    @property
    def reward(self) -> TensorReward | HostedReward:
        """The compiled program, once the transform is part of an environment."""
        return self._ready().reward

    # ---- steps and resets --------------------------------------------------------------------

    def _step(self, tensordict: TensorDictBase, next_tensordict: TensorDictBase) -> TensorDictBase:
        running, after = self._ready(), next_tensordict
        lead = after.batch_size
        values = self._bindings.at_step(tensordict, after)
        active = tensordict.get("_step", None)
        active = None if active is None else active.reshape(lead.numel())
        terminated, truncated = self._flags(after, running.flags)
        out = running.reward.step(values, terminated, truncated, active=active)
        running.episodes.add(out, active)
        after.set("original_reward", after.get(running.reward_key))
        paid = _shaped(out.reward, (*lead, *running.paid))
        after.set(running.reward_key, paid.to(running.dtype))
        for key, value in self._added(out, running).items():
            after.set(key, value.reshape(*lead, *value.shape[1:]))
        for key in running.flags:
            if key[-1] == "truncated":
                continue
            given = after.get(key)
            after.set(key, given | _shaped(out.terminated, tuple(given.shape)))
        return after

    def _reset(
        self, tensordict: TensorDictBase, tensordict_reset: TensorDictBase
    ) -> TensorDictBase:
        running, begun = self._ready(), tensordict_reset
        rows = None if tensordict is None else _reset_rows(tensordict, begun.batch_size)
        running.reward.reset(self._bindings.at_reset(begun), rows)
        running.episodes.clear(rows)
        for key, like in running.entries.items():
            begun.set(key, like.new_zeros(*begun.batch_size, *like.shape))
        return begun

    def forward(self, tensordict: TensorDictBase) -> TensorDictBase:
        raise failure("RW639", what="was called on data of a replay buffer")

    # ---- the environment ---------------------------------------------------------------------

    def _ready(self) -> _Running:
        if self._running is None:
            self._running = self._begin()
            if self._saved is not None:
                self._running.reward.load_state_dict(self._saved)
        return self._running

    @torch.no_grad()
    def _begin(self) -> _Running:
        """Meet the environment: one step on the zeros of its specs, with a program of its own, so
        that what is missing is told now and the shapes of all entries are known."""
        env = self.parent
        if env is None:
            raise failure("RW639", what="belongs to no environment")
        if env.__dict__.get("_torchrl_native_autoreset", False):
            hint = "make it with `native_autoreset=False`: then the last observation is kept"
            raise failure("RW639", hint=hint, what="stands in an environment that resets itself")
        keys = [_tuple(key) for key in env.reward_keys]
        key = keys[0] if self._asked is None else _tuple(self._asked)
        if key not in keys or (self._asked is None and len(keys) > 1):
            names = ", ".join(f"`{name}`" for name in keys)
            given = f"reward_key={self._asked!r}"
            raise failure("RW686", given=given, wanted="reward of the environment", names=names)
        before = env.fake_tensordict()
        after = before.pop("next")
        device = after.device or torch.device("cpu")
        trial = self._compiled(device, "zero")
        trial.reset(self._bindings.at_reset(after))
        flags = tuple(map(_tuple, env.done_keys))
        terminated, truncated = self._flags(after, flags)
        out = trial.step(self._bindings.at_step(before, after), terminated, truncated)
        lead = after.batch_dims
        own = after.get(key)
        tail = own.shape[lead:]
        if out.reward.ndim == 2 and out.reward[0].numel() != tail.numel():
            tail = out.reward.shape[1:]  # a reward for each slot, where the environment has one
        running = _Running(
            self._compiled(device, self._faults),
            TensorEpisodes(self.program),
            key,
            own.dtype,
            flags,
            tuple(tail),
            {},
        )
        found: dict[Key, Tensor] = {("original_reward",): own.reshape(-1, *own.shape[lead:])}
        trials = _Running(**{**vars(running), "episodes": TensorEpisodes(self.program)})
        trials.episodes.add(out)
        found |= self._added(out, trials)
        running.entries = {name: value[0] for name, value in found.items()}
        return running

    def _flags(
        self, after: TensorDictBase, flags: tuple[Key, ...]
    ) -> tuple[Tensor | None, Tensor | None]:
        """What the environment ended, [rows]; of agents that end one by one [rows, n], where the
        total has their axis, else when all have."""
        rows, axis = after.batch_size.numel(), self.program.checked.axis
        found: dict[str, Tensor] = {}
        for key in sorted(flags, key=len, reverse=axis is None):
            flag = after.get(key).reshape(rows, -1)
            by_slot = key[-1] == "terminated" and axis is not None and flag.shape[1] > 1
            found[key[-1]] = flag if by_slot else flag.all(-1)
        return found.get("terminated"), found.get("truncated")

    def _compiled(self, device: torch.device, faults: str | None) -> TensorReward | HostedReward:
        return self.program.compile(
            "torch", device=device, faults=faults, dtype=self._dtype, params=self._params
        )

    def _added(self, out: TensorOutcome | HostedOutcome, running: _Running) -> dict[Key, Tensor]:
        """What stands beside the reward, [rows, 1] or [rows, n]."""
        found: dict[Key, Tensor] = {
            (f"reward/{name}",): value.to(running.dtype) for name, value in out.weighted.items()
        }
        if self._success:
            found["is_success",] = out.success
        for name, value in running.episodes.entries().items():
            found[EPISODE, name] = value
        return {k: x[:, None] if x.ndim == 1 else x for k, x in found.items()}

    def transform_observation_spec(self, observation_spec: Composite) -> Composite:
        batch = observation_spec.shape
        episode = Composite(shape=batch, device=observation_spec.device)
        for key, like in self._ready().entries.items():
            place = episode if key[0] == EPISODE else observation_spec
            place[key[-1]] = _spec(like, batch)
        observation_spec[EPISODE] = episode
        return observation_spec

    def transform_reward_spec(self, reward_spec: Composite) -> Composite:
        running = self._ready()
        like = torch.empty(running.paid, dtype=running.dtype, device=running.reward.device)
        reward_spec[running.reward_key] = _spec(like, reward_spec.shape)
        return reward_spec

    # ---- copies and states -------------------------------------------------------------------

    def to(self, *args: Any, **kwargs: Any) -> RewardTransform:
        """On another device the program is compiled anew, with its state."""
        self._saved, self._running = self.get_extra_state(), None
        made: RewardTransform = super().to(*args, **kwargs)
        return made

    def clone(self) -> RewardTransform:
        """Without a parent, and with a memory of its own."""
        made: RewardTransform = super().clone()
        made._running = None
        return made

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {**state, "_running": None, "_saved": self.get_extra_state()}

    def get_extra_state(self) -> Any:
        return self._saved if self._running is None else self._running.reward.state_dict()

    def set_extra_state(self, state: Any) -> None:
        self._saved = state
        if self._running is not None and state is not None:
            self._running.reward.load_state_dict(state)


def _tuple(key: Any) -> Key:
    return (key,) if isinstance(key, str) else tuple(key)


def _spec(like: Tensor, batch: torch.Size) -> TensorSpec:
    shape = (*batch, *like.shape)
    if like.dtype is torch.bool:
        return Categorical(2, shape=shape, dtype=torch.bool, device=like.device)
    return Unbounded(shape=shape, dtype=like.dtype, device=like.device)


def _reset_rows(tensordict: TensorDictBase, batch: torch.Size) -> Tensor | None:
    """Which rows begin anew, [rows]; None: all of them."""
    mask: Tensor | None = tensordict.get("_reset", None)
    if mask is not None:
        return mask.reshape(batch.numel())
    of_agents = [
        x.reshape(batch.numel(), -1).any(-1)
        for key, x in tensordict.items(include_nested=True, leaves_only=True)
        if _tuple(key)[-1] == "_reset"
    ]
    return torch.stack(of_agents).any(0) if of_agents else None


def _shaped(value: Tensor, shape: tuple[int, ...]) -> Tensor:
    """[rows] or [rows, n] in the shape of an entry: of many slots as they are where it has as many,
    a flag of an entry that has one where all hold; what all share stands in each."""
    if value.numel() == torch.Size(shape).numel():
        return value.reshape(shape)
    if value.ndim == 2:
        return value.all(-1).reshape(shape)
    one_each = value.reshape(-1, 1).expand(len(value), torch.Size(shape).numel() // len(value))
    return one_each.reshape(shape)
