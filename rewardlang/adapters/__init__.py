"""Where a program meets a training loop: what the loop offers, bound to what the program reads."""
