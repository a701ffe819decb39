# `make` alone, or `make help`, lists what there is. Every target sets up what it needs, the virtual
# environment included, so `make demo` and `make test` work on a fresh clone with Python 3.11.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
EDIT   := --config-settings editable_mode=compat
TORCH  := torch==2.13.0
WHEEL  := build/wheel-test
LIVE   := $(patsubst %.txt,.venv-%/.done,$(wildcard environments*.txt))
PEERS  := $(patsubst %.txt,.venv-%/.done,$(wildcard peers*.txt))

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-fast test-slow lint bench bench-gpu environments peers peers-test
.PHONY: vmas mjlab grammar golden fmt wheel wheel-test clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip

# What training needs. Torch comes first: Stable-Baselines3 would choose its own.
$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) (once)"
	$(PIP) $(TORCH)
	$(PIP) -e ".[numba,rl,plot]" $(EDIT)
	@touch $@

# The same, and all that the tests and the linters need.
$(VENV)/.dev: $(VENV)/.run
	$(PIP) -e ".[numba,torch,triton,rl,agents,mujoco,plot,llm,data,minari]" --group dev $(EDIT)
	@touch $@

venv: $(VENV)/.dev ## the virtual environment, with everything
	@echo "ready: source $(BIN)/activate"

demo: $(VENV)/.run ## train CartPole with examples/cartpole/cartpole.reward and leave a picture
	$(BIN)/rewardlang check examples/cartpole/cartpole.reward
	$(BIN)/rewardlang train examples/cartpole/cartpole.reward --env CartPole-v1 \
	  --out out/cartpole.png

test: $(VENV)/.dev ## all tests, the linters, and the tests again from an installed wheel
	$(MAKE) --no-print-directory test-fast
	$(MAKE) --no-print-directory test-slow
	$(MAKE) --no-print-directory peers-test
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory wheel-test

test-fast: $(VENV)/.dev ## the tests that take seconds
	$(BIN)/python -m pytest -q -m "not slow"

test-slow: $(VENV)/.dev ## the tests that train, draw, or compare at length
	$(BIN)/python -m pytest -q -m slow

lint: $(VENV)/.dev ## ruff and strict mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: $(VENV)/.dev ## the examples and the library in canonical form
	$(BIN)/rewardlang fmt examples stdlib

grammar: $(VENV)/.dev ## the parser's tables, after a change of grammar/*.lark
	$(BIN)/python -c "from rewardlang.syntax.tables import ship; ship()"

golden: $(VENV)/.dev ## rewrite the golden files; review the result as a diff
	$(BIN)/python -m pytest -q -m "not slow" --update-golden

bench: $(VENV)/.dev ## the figures: our kernel beside hand-written NumPy, Numba and torch.compile
	$(BIN)/python examples/bench/bench.py
	$(BIN)/python examples/bench/temporal.py

bench-gpu: $(VENV)/.dev ## the same on a GPU: fused kernels beside eager and compiled PyTorch
	$(BIN)/python examples/bench/gpu.py

# Others' environments pin what they need, so each list has a virtual environment of its own. The
# package is found because pytest runs from here.
.venv-%/.done: %.txt
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install -qq --disable-pip-version-check -r $<
	@touch $@

peers-test: $(PEERS) ## temporal formulas at random through RTAMT, SENTIL, LTLf2DFA and others
	.venv-peers/bin/python -m pytest -q -rs tests/conformance/test_ltlf2dfa.py
	.venv-peers/bin/python -m pytest -q -rs tests/conformance/test_temporal_tools.py
	.venv-peers-flloat/bin/python -m pytest -q -rs tests/temporal/test_flloat.py

peers: peers-test ## the same, and then the time they take beside ours
	PYTHONPATH=. .venv-peers/bin/python examples/bench/temporal.py
	PYTHONPATH=. .venv-peers/bin/python examples/bench/automata.py

environments: $(LIVE) ## step real environments beside their .reward files, and write the table of errors
	for done in $(LIVE); do $$(dirname $$done)/bin/python -m pytest -q tests/conformance \
	  --write-table || exit 1; done

vmas: .venv-vmas/.done ## loops over tensors: their tests, and VMAS trained through its gradients
	.venv-vmas/bin/python -m pytest -q tests/tensors tests/adapters/test_torchrl.py \
	  tests/adapters/test_managers.py tests/examples/test_vmas.py
	PYTHONPATH=. .venv-vmas/bin/python examples/vmas/navigation.py compare
	PYTHONPATH=. .venv-vmas/bin/python examples/vmas/navigation.py train --out out/vmas.png

mjlab: .venv-mjlab/.done ## the reward term for mjlab under its own managers
	.venv-mjlab/bin/python -m pytest -q tests/adapters/test_managers.py

wheel: $(VENV)/.dev ## source distribution, and the wheel built from it, in dist/
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

# The tests, copied out of the checkout, against the wheel in an environment that never saw it.
wheel-test: wheel ## install the wheel in an empty environment and run the tests against it
	rm -rf $(WHEEL)
	$(PYTHON) -m venv $(WHEEL)/venv
	$(WHEEL)/venv/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt \
	  --upgrade pip
	$(WHEEL)/venv/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt \
	  $(TORCH) "$$(ls $(CURDIR)/dist/*.whl)[numba,rl,agents,mujoco,plot,llm,data,minari]" \
	  hypothesis interegular llguidance pytest "gymnasium[classic-control]"
	.ci/test-wheel $(WHEEL)/venv/bin/python

clean: ## build outputs and caches; the virtual environments stay
	rm -rf build dist *.egg-info out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
