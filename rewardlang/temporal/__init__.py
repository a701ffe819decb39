"""Temporal formulas: what they mean on a finite trace, apart from any program.

Pure values in, values out. Nothing here knows the language, a kernel or a loop: `check` makes a
`Formula` of what was written, and the rooms below evaluate it.
"""
