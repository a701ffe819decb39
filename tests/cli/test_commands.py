"""check, fmt, explain, show, test and new, as a person and as a script call them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewardlang.cli.main import VERBS

Call = Callable[..., Any]


def test_check_of_a_good_file_says_so_and_what_to_try_next(call: Call) -> None:
    done = call("check", "walk.reward")
    assert done.status == 0
    assert "ok  walk.reward: 2 terms" in done.out
    assert "next: rewardlang " in done.err


def test_check_reports_every_error_and_gives_status_one(call: Call, faulty: Path) -> None:
    done = call("check", faulty.name)
    assert done.status == 1
    assert "faulty.reward:2:13" in done.out and "`speed`" in done.out
    assert "failed  faulty.reward: 2 errors" in done.out
    assert "next: rewardlang explain RW" in done.err


def test_check_without_a_name_takes_all_files_here(call: Call, faulty: Path) -> None:
    done = call("check", "--json")
    assert done.status == 1 and not done.json["ok"]
    assert {row["file"]: row["ok"] for row in done.json["files"]} == {
        "faulty.reward": False,
        "walk.reward": True,
    }


def test_check_searches_a_folder_to_the_bottom(call: Call, here: Path) -> None:
    (here / "deep" / "er").mkdir(parents=True)
    (here / "deep" / "er" / "a.reward").write_text("term alive = 1\n", encoding="utf-8")
    done = call("check", "deep", "--json")
    assert done.status == 0
    assert [Path(row["file"]) for row in done.json["files"]] == [Path("deep/er/a.reward")]


def test_check_in_json_places_each_diagnostic(call: Call, faulty: Path) -> None:
    (report,) = call("check", "--json", faulty.name).json["files"]
    first = report["diagnostics"][0]
    assert first["severity"] == "error" and first["labels"][0]["line"] == 2
    assert first["labels"][0]["file"] == "faulty.reward"


def test_check_speaks_sarif_and_github(call: Call, faulty: Path) -> None:
    import json

    sarif = call("check", "--format", "sarif", faulty.name)
    assert sarif.status == 1
    assert json.loads(sarif.out)["runs"][0]["results"]
    github = call("check", "--format", "github", faulty.name)
    assert all(line.startswith("::") for line in github.out.splitlines())


def test_check_reads_standard_input(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"term alive = 1\n")))
    done = call("check", "-")
    assert done.status == 0 and "<stdin>" in done.out


@pytest.mark.parametrize("verb", ["check", "fmt", "explain", "show", "test", "bench"])
def test_a_missing_file_is_a_message_with_a_code(call: Call, verb: str) -> None:
    done = call(verb, "nowhere.reward")
    assert done.status == 1
    assert "RW679" in done.out + done.err and "Traceback" not in done.err


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"# caf\xe9\nterm a = 1\n", b"\x00", b"(" * 10_000, b""]
)
@pytest.mark.parametrize("verb", ["check", "fmt", "explain"])
def test_a_file_that_is_no_program_never_ends_in_a_traceback(
    call: Call, here: Path, verb: str, content: bytes
) -> None:
    (here / "odd.reward").write_bytes(content)
    done = call(verb, "odd.reward")
    assert done.status in (0, 1), done.err
    if done.status == 1:
        assert "error[RW" in done.out + done.err


def test_every_verb_answers_with_json_where_it_fails(call: Call, faulty: Path) -> None:
    for verb in ("explain", "show", "test", "bench", "check", "fmt"):
        faulty.write_text("term = = 3\n", encoding="utf-8")
        done = call(verb, "--json", faulty.name)
        assert done.status == 1, verb
        assert done.json["ok"] is False, verb


def test_fmt_rewrites_a_file_once(call: Call, here: Path) -> None:
    path = here / "messy.reward"
    path.write_text("term   alive=1 # why\n", encoding="utf-8")
    assert call("fmt", "messy.reward").status == 0
    text = path.read_text(encoding="utf-8")
    assert "term alive = 1" in text and "# why" in text
    assert call("fmt", "--json", "messy.reward").json["changed"] == []
    assert path.read_text(encoding="utf-8") == text


def test_fmt_check_and_diff_write_nothing(call: Call, here: Path) -> None:
    path = here / "messy.reward"
    path.write_text("term   alive=1\n", encoding="utf-8")
    checked = call("fmt", "--check", "messy.reward")
    assert checked.status == 1 and "would format  messy.reward" in checked.out
    different = call("fmt", "--diff", "messy.reward")
    assert different.status == 0
    assert "-term   alive=1" in different.out and "+term alive = 1" in different.out
    assert path.read_text(encoding="utf-8") == "term   alive=1\n"


def test_fmt_of_standard_input_prints_the_text_alone(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"term  alive=1\n")))
    done = call("fmt", "-")
    assert done.status == 0 and done.out == "term alive = 1\n"


def test_fmt_of_a_faulty_file_leaves_it_alone(call: Call, here: Path) -> None:
    path = here / "broken.reward"
    path.write_text("term = = 3\n", encoding="utf-8")
    assert call("fmt", "broken.reward").status == 1
    assert path.read_text(encoding="utf-8") == "term = = 3\n"


def test_explain_of_a_file_tells_inputs_terms_and_ranges(call: Call) -> None:
    done = call("explain", "walk.reward")
    assert done.status == 0
    assert "real<m/s>" in done.out and "-5 .. 5" in done.out and "observation[0]" in done.out
    assert "effort" in done.out and "-2 .. 0" in done.out
    assert all(len(line) <= 120 for line in done.out.splitlines())
    document = call("explain", "--json", "walk.reward").json
    assert [row["name"] for row in document["terms"]] == ["walk", "effort"]
    assert document["terms"][1]["range"] == [-2, 0]
    assert document["mode"] == "online" and document["tests"] == ["full speed pays"]


def test_explain_of_a_code_gives_its_page(call: Call) -> None:
    done = call("explain", "rw679")
    assert done.status == 0
    assert done.out.startswith("RW679: `<path>`")
    assert call("explain", "RW679", "--json").json["code"] == "RW679"
    assert call("explain", "RW000").status == 1
    assert len(call("explain", "--codes", "--json").json["codes"]) > 50


def test_explain_of_builtins_lists_them_and_gives_one(call: Call) -> None:
    done = call("explain", "--builtins")
    assert done.status == 0 and "  clip" in done.out and "previous" in done.out
    assert "clip" in call("explain", "clip").out
    assert call("explain", "tolerance", "--json").json["module"] == "shaping"
    assert "did you mean `tolerance`?" in call("explain", "toleranse").err
    assert "did you mean `clip`?" in call("explain", "--builtins", "clap").err


@pytest.mark.parametrize(
    ("stage", "seen"),
    [
        ("ast", "Term(name"),
        ("checked", "Checked"),
        ("ir", "term walk"),
        ("plan", "step, once a transition"),
        ("regions", "term effort: concave quadratic, 1 region"),
    ],
)
def test_show_prints_each_stage(call: Call, stage: str, seen: str) -> None:
    done = call("show", "--stage", stage, "walk.reward")
    assert done.status == 0, done.err
    assert seen.replace("(name", "") in done.out
    assert call("show", "--stage", stage, "walk.reward", "--json").json["text"].strip()


def test_show_exports_regions_as_numbers(call: Call) -> None:
    document = call("show", "--stage", "regions", "walk.reward", "--json").json
    walk, effort, total = document["regions"]
    assert walk["variables"] == ["speed"] and walk["regions"][0]["value"]["c"] == [1.0]
    assert effort["regions"][0]["value"]["Q"] == [[-1.0, 0.0], [0.0, -1.0]]
    assert walk["domain"] == [[-5.0, 5.0]] and effort["factor"] == 0.5
    assert total["kind"] == "piecewise quadratic" and len(total["regions"]) == 2


def test_show_prints_the_kernel(call: Call) -> None:
    done = call("show", "walk.reward")
    assert done.status == 0 and "def " in done.out


def test_show_prints_the_tree_of_a_file_with_an_error(call: Call, faulty: Path) -> None:
    assert "sped" in call("show", "--stage", "ast", faulty.name).out
    assert call("show", "--stage", "ir", faulty.name).status == 1


def test_test_passes_and_fails_with_its_reason(call: Call, here: Path) -> None:
    done = call("test", "walk.reward")
    assert done.status == 0 and "passed  full speed pays" in done.out
    text = (here / "walk.reward").read_text(encoding="utf-8")
    (here / "wrong.reward").write_text(text.replace("< -1.99", "> 5"), encoding="utf-8")
    done = call("test", "wrong.reward")
    assert done.status == 1
    assert "failed  full speed pays" in done.out and "effort > 5" in done.out
    document = call("test", "--json", "wrong.reward").json
    assert not document["ok"] and not document["tests"][0]["passed"]


def test_a_new_file_checks_formats_and_passes_its_tests(call: Call, here: Path) -> None:
    assert call("new", "reach").status == 0
    assert call("check", "--strict", "reach.reward").status == 0
    assert call("fmt", "--check", "reach.reward").status == 0
    assert call("test", "reach.reward").status == 0


def test_new_does_not_write_over_a_file(call: Call, here: Path) -> None:
    before = (here / "walk.reward").read_bytes()
    done = call("new", "walk")
    assert done.status == 1 and "RW674" in done.err
    assert (here / "walk.reward").read_bytes() == before
    assert call("new", "no/such/folder/../..").status == 2


@pytest.mark.parametrize(
    "environment",
    ["CartPole-v1", "Pendulum-v1", "MountainCarContinuous-v0", "Acrobot-v1", "FrozenLake-v1"],
)
def test_new_for_an_environment_checks_and_passes_its_tests(
    call: Call, here: Path, environment: str
) -> None:
    pytest.importorskip("gymnasium")
    assert call("new", "mine", "--env", environment).status == 0
    done = call("check", "--strict", "mine.reward")
    assert done.status == 0, done.out
    assert call("test", "mine.reward").status == 0
    assert call("fmt", "--check", "mine.reward").status == 0


def test_an_unknown_environment_is_a_message_with_a_suggestion(call: Call) -> None:
    pytest.importorskip("gymnasium")
    done = call("new", "mine", "--env", "CartPole-v9")
    assert done.status == 1 and "RW675" in done.err


@pytest.mark.parametrize(
    "arguments",
    [["chek"], ["check", "--nonsense"], ["run", "walk.reward"], ["train", "walk.reward"]],
)
def test_wrong_use_is_status_two(call: Call, arguments: list[str]) -> None:
    done = call(*arguments)
    assert done.status == 2 and "Usage:" in done.err


def test_every_verb_has_help(call: Call) -> None:
    for verb in VERBS:
        done = call(verb, "--help")
        assert done.status == 0 and "--json" in done.out, verb


def test_show_prints_the_text_of_each_backend(call: Call) -> None:
    torch = call("show", "--backend", "torch", "walk.reward")
    assert torch.status == 0 and "def step(inputs, terminated" in torch.out
    triton = call("show", "--backend", "triton", "walk.reward")
    assert triton.status == 0 and "@triton.jit\ndef step(\n    in_speed" in triton.out


def test_check_says_what_a_backend_leaves_to_others(call: Call, here: Path) -> None:
    program = here / "rare.reward"
    program.write_text(
        "input x : real\nterm middle = median(x over last 5 else 0)\n", encoding="utf-8"
    )
    assert "RW629" not in call("check", "rare.reward").out
    done = call("check", "--backend", "triton", "rare.reward")
    assert done.status == 0 and "note[RW629]" in done.out and "rare.reward:2:15" in done.out
    program.write_text("input x : real\nterm r = x / (1 + std(x over run else 1))\n")
    done = call("check", "--backend", "triton", "rare.reward")
    assert done.status == 1 and "error[RW628]" in done.out and "rare.reward:2:19" in done.out
    done = call("check", "--backend", "torch", "rare.reward")
    assert done.status == 0 and "note[RW636]" in done.out
