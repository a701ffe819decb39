"""Inputs of environments that others wrote: `use envs.walker2d` brings them, by name and unit."""
