"""The command line. Nothing is imported here: a command loads what it needs when it runs."""
