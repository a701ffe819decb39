"""The grammar as data: `rewardlang.lark` and its parts, `mistakes.toml`, and SPEC.md, the arbiter."""
