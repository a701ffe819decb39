"""The language as text: the grammar, its common mistakes, and SPEC.md, the arbiter."""
