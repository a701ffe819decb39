"""Every example of SPEC.md is a program, and its contents list names what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rewardlang import grammar
from rewardlang.syntax.format import format_file
from rewardlang.syntax.tables import RESERVED
from tests.syntax.reading import expression, sound

_SPEC = (Path(grammar.__file__).parent / "SPEC.md").read_text(encoding="utf-8")
_FENCES = re.findall(r"^```reward\n(.*?)^```$", _SPEC, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("fence", _FENCES)
def test_every_example_parses(fence: str) -> None:
    first, *lines = fence.splitlines()
    if first != "# expressions":
        sound(fence)
        return
    for line in lines:
        expression(line)


def test_there_are_examples_of_both_kinds() -> None:
    assert len({fence.startswith("# expressions") for fence in _FENCES}) == 2


def test_the_declarations_of_the_syntax_section_stand_in_canonical_form() -> None:
    for fence in re.findall(
        r"^```reward\n(.*?)^```$",
        _SPEC.partition("## Declarations: syntax")[2].partition("## Formatting")[0],
        re.MULTILINE | re.DOTALL,
    ):
        assert format_file(sound(fence)) == fence


def test_the_contents_list_links_to_every_section_that_is_there() -> None:
    links = re.findall(r"^\d+\. \[.*?\]\(#(.*?)\)", _SPEC, re.MULTILINE)
    sections = re.findall(r"^## (.*)$", _SPEC, re.MULTILINE)
    anchors = [re.sub(r"[^a-z0-9 -]", "", s.lower()).replace(" ", "-") for s in sections]
    assert set(anchors) - {"contents"} <= set(links)


def test_the_reserved_words_are_those_of_the_scanner() -> None:
    listed = _SPEC.partition("**Reserved words**")[2].partition("- **Soft")[0]
    assert set(re.search(r"`([^`]*)`", listed)[1].split()) == RESERVED  # type: ignore[index]
