"""`python -m rewardlang` is the command `rewardlang`."""

from rewardlang.cli.main import main

main()
