"""Arrays of other libraries as columns: read where they are, or refused with a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.tensors.columns import imported

WALK = """\
input speed : real per state
input leg : real[3]
input down : bool
term walk = previous(speed) + 2 * speed + sum(leg) + real(down)
"""


def columns(size: int) -> dict[str, np.ndarray[Any, Any]]:
    random = np.random.default_rng(0)
    return {
        "speed": random.normal(size=size).astype(np.float32),
        "leg": random.normal(size=(size, 3)).astype(np.float32),
        "down": random.random(size) < 0.5,
    }


def code_of(error: pytest.ExceptionInfo[RewardError]) -> str:
    return error.value.diagnostics[0].code


def reward(text: str = WALK, **options: Any) -> Any:
    return rewardlang.parse(text, name="walk").compile("torch", **options)


def by_hand(before: Any, now: Any) -> Any:
    return before["speed"] + 2 * now["speed"] + now["leg"].sum(1) + now["down"]


def test_numpy_columns_are_paid_as_by_hand_and_results_are_tensors() -> None:
    ours, begun, now = reward(), columns(5), {k: x + x for k, x in columns(5).items()}
    ours.reset({"speed": begun["speed"]})
    out = ours.step(now, terminated=np.zeros(5, bool))
    assert isinstance(out.reward, torch.Tensor) and out.reward.dtype is torch.float32
    np.testing.assert_allclose(out.reward.numpy(), by_hand(begun, now), rtol=1e-5)


def test_a_numpy_mask_resets_its_rows_alone() -> None:
    ours, first, second, now = reward(), columns(4), columns(4), columns(4)
    second["speed"] = second["speed"] + 100
    mask = np.array([True, False, False, True])
    ours.reset({"speed": first["speed"]})
    ours.reset({"speed": second["speed"]}, mask)
    begun = {"speed": np.where(mask, second["speed"], first["speed"])}
    np.testing.assert_allclose(ours.step(now).reward, by_hand(begun, now), rtol=1e-5)


@pytest.mark.parametrize("array", [np.ones(4), np.ones((2, 3), np.float32), np.ones(4, bool)])
def test_numpy_memory_is_read_where_it_is(array: np.ndarray[Any, Any]) -> None:
    assert imported("x", array).data_ptr() == array.ctypes.data


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0)[::-1],
        np.arange(12.0).reshape(4, 3)[:, ::2],
        np.arange(12.0).reshape(4, 3).T,
        np.broadcast_to(np.float32(2), (4,)),
        np.frombuffer(np.arange(4.0).tobytes()),
        np.zeros((0, 3)),
        np.float32(3),
    ],
    ids=["backwards", "every other", "transposed", "repeated", "read-only", "empty", "scalar"],
)
def test_arrays_that_do_not_lie_in_order_keep_their_values(array: Any) -> None:
    np.testing.assert_array_equal(imported("x", array).numpy(), array)


@pytest.mark.parametrize(
    "array",
    [np.array(["a"]), np.array([object()]), np.ones(2, ">f4"), np.datetime64("2020", "D")],
    ids=["text", "objects", "foreign byte order", "a date"],
)
def test_what_no_library_hands_over_is_told(array: Any) -> None:
    with pytest.raises(RewardError) as caught:
        reward("input speed : real\nterm walk = speed").step({"speed": array})
    assert code_of(caught) == "RW637"


@pytest.mark.parametrize("given", [[1.0, 2.0], (1.0,), None, {1.0}, "fast"])
def test_what_is_no_array_is_told(given: Any) -> None:
    with pytest.raises(RewardError) as caught:
        reward("input speed : real\nterm walk = speed").step({"speed": given})
    assert code_of(caught) == "RW624"


@pytest.mark.parametrize("dtype", [np.complex64, np.uint16, np.bool_])
def test_an_array_of_another_kind_is_told(dtype: Any) -> None:
    with pytest.raises(RewardError) as caught:
        reward("input speed : real\nterm walk = speed").step({"speed": np.ones(2, dtype)})
    assert code_of(caught) == "RW603"


def test_a_flag_of_lists_is_told_and_nothing_is_remembered() -> None:
    ours, now = reward(), columns(2)
    ours.reset({"speed": now["speed"]})
    before = ours.state_dict()
    with pytest.raises(RewardError) as caught:
        ours.step(now, terminated=[True, False])
    assert code_of(caught) == "RW619"
    after = ours.state_dict()
    assert after["steps"] == before["steps"] == 0
    assert all(torch.equal(a, b) for a, b in zip(after["cells"], before["cells"], strict=True))


# ---- JAX -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def jnp() -> Any:
    return pytest.importorskip("jax.numpy", reason="needs jax")


def test_jax_memory_is_read_where_it_is(jnp: Any) -> None:
    for dtype in (jnp.float32, jnp.bfloat16, jnp.int32, jnp.bool_):
        array = jnp.ones((4, 3), dtype)
        assert imported("x", array).data_ptr() == array.unsafe_buffer_pointer()


def test_jax_columns_flags_and_masks_are_paid_as_by_hand(jnp: Any) -> None:
    ours, begun, now = reward(), columns(4), columns(4)
    mask = np.array([True, False, True, False])
    ours.reset({"speed": jnp.asarray(begun["speed"])})
    ours.reset({"speed": jnp.asarray(begun["speed"] + 1)}, jnp.asarray(mask))
    never = jnp.zeros(4, bool)
    out = ours.step({k: jnp.asarray(x) for k, x in now.items()}, terminated=never, truncated=never)
    expected = by_hand({"speed": begun["speed"] + mask}, now)
    np.testing.assert_allclose(out.reward, expected, rtol=1e-5)


def test_jax_reads_the_reward_where_it_is(jnp: Any) -> None:
    import jax

    paid = reward("input speed : real\nterm walk = 2 * speed").step({"speed": jnp.arange(4.0)})
    back = jax.dlpack.from_dlpack(paid.reward)
    assert back.unsafe_buffer_pointer() == paid.reward.data_ptr()
    np.testing.assert_array_equal(np.asarray(back), [0, 2, 4, 6])


def test_bfloat16_is_read_into_float32(jnp: Any) -> None:
    ours = reward("input speed : real\nterm walk = speed / 3")
    out = ours.step({"speed": jnp.asarray([1.0, 2.0], jnp.bfloat16)})
    assert out.reward.dtype is torch.float32
    np.testing.assert_allclose(out.reward.numpy(), [1 / 3, 2 / 3], rtol=1e-6)


def test_a_jax_array_without_memory_is_told(jnp: Any) -> None:
    import jax

    ours = reward("input speed : real\nterm walk = speed")

    def traced(speed: Any) -> Any:
        ours.step({"speed": speed})
        return speed

    with pytest.raises(RewardError) as caught:
        jax.jit(traced)(jnp.ones(2))
    assert code_of(caught) == "RW637"


def test_recorded_jax_columns_are_paid_as_their_numpy_twins(jnp: Any) -> None:
    text = "input speed : real\nterm walk = speed - mean(speed over last 2 else 0)"
    speed = np.random.default_rng(1).normal(size=(3, 6)).astype(np.float32)
    ours = reward(text).evaluate({"speed": jnp.asarray(speed)}, lengths=np.array([6, 2, 4]))
    twin = rewardlang.parse(text).compile("numpy")
    expected = twin.evaluate({"speed": speed}, lengths=np.array([6, 2, 4]))
    np.testing.assert_allclose(ours.reward, expected.reward, rtol=1e-5, atol=1e-6)
