"""The decoding grammar: llguidance takes it, and what it lets a model write, the parser reads."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from llguidance import LarkCompiler, LLMatcher, LLTokenizer, TokenizerWrapper

from rewardlang.syntax.decode import decode_grammar
from rewardlang.syntax.format import format_file
from rewardlang.syntax.tables import tables
from tests.syntax.corpus import ACCEPTED
from tests.syntax.reading import codes_of, sound

_WALKS = 200
_STEPS = 30


class _Vocabulary:
    """Every byte, and every word and symbol of the grammar whole, with and without a space."""

    bos_token_id = None

    def __init__(self) -> None:
        known = tables()
        whole = [*known.words, *known.symbols, "name", "x", "12", "0.5", "2<m/s>", "<m>", '"text"']
        pieces = [piece for word in whole for piece in (word, f"{word} ", f" {word} ")]
        self.tokens = [bytes([i]) for i in range(256)]
        self.tokens += [piece.encode() for piece in dict.fromkeys(pieces) if len(piece) > 1]
        self.eos_token_id = len(self.tokens)
        self.tokens.append(b"<end>")
        self.special_token_ids = [self.eos_token_id]

    def __call__(self, text: bytes | str) -> list[int]:
        return list(text.encode() if isinstance(text, str) else text)


VOCABULARY = _Vocabulary()


@pytest.fixture(scope="module")
def grammar() -> str:
    return str(LarkCompiler().compile(decode_grammar()))


@pytest.fixture(scope="module")
def tokenizer() -> LLTokenizer:
    return LLTokenizer(TokenizerWrapper(VOCABULARY))


def test_the_derivation_is_accepted_by_llguidance(grammar: str, tokenizer: LLTokenizer) -> None:
    matcher = LLMatcher(tokenizer, grammar)
    assert not matcher.is_error(), matcher.get_error()


@pytest.mark.parametrize("text", [text for text in ACCEPTED if not text.startswith("#")])
def test_every_program_in_canonical_form_can_be_decoded(
    grammar: str, tokenizer: LLTokenizer, text: str
) -> None:
    data = format_file(sound(text)).encode()
    matcher = LLMatcher(tokenizer, grammar)
    assert matcher.try_consume_tokens(list(data)) == len(data)
    assert matcher.is_accepting()


@pytest.mark.parametrize(
    "text", ["letx = 1", "let if = 1", "let a = 1and b", "let a = 2kg", "let a = always b and c"]
)
def test_what_the_parser_refuses_cannot_be_decoded(
    grammar: str, tokenizer: LLTokenizer, text: str
) -> None:
    assert codes_of(text)
    matcher = LLMatcher(tokenizer, grammar)
    assert matcher.try_consume_tokens(list(text.encode())) < len(text) or not matcher.is_accepting()


def _allowed(matcher: LLMatcher) -> list[int]:
    bits = bin(int.from_bytes(matcher.compute_bitmask(), "little"))[:1:-1]
    return [i for i, bit in enumerate(bits[: VOCABULARY.eos_token_id]) if bit == "1"]


def _accepting_prefixes(matcher: LLMatcher, chance: random.Random) -> Iterator[str]:
    """Prefixes of one random text at which it could end."""
    written = b""
    for _ in range(_STEPS):
        allowed = _allowed(matcher)
        whole = [token for token in allowed if token >= 256]
        if not allowed:
            return
        token = chance.choice(whole if whole and chance.random() < 0.9 else allowed)
        matcher.consume_token(token)
        written += VOCABULARY.tokens[token]
        if matcher.is_accepting():
            yield written.decode("utf-8", "strict")


def test_every_accepting_prefix_of_a_random_walk_is_read_by_the_parser(
    grammar: str, tokenizer: LLTokenizer
) -> None:
    chance = random.Random(2)
    seen = 0
    for _ in range(_WALKS):
        for prefix in _accepting_prefixes(LLMatcher(tokenizer, grammar), chance):
            seen += 1
            assert codes_of(prefix) == [], prefix
    assert seen > 400
