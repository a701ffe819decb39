"""From a program to its plan: one kernel, or several in a row with calls between them.

What the run remembers is computed after the last kernel: `Plan.commit`.
"""

from __future__ import annotations

from dataclasses import replace

from rewardlang.ir.ops import Host, Input, Output, Program, Run
from rewardlang.ir.rewrite import cut
from rewardlang.passes.layout import plan_hash
from rewardlang.passes.schedule import schedule, schedule_reset
from rewardlang.passes.stages import Call, Feed, stages, waiting
from rewardlang.plan import (
    Ahead,
    HostArgument,
    Plan,
    PlanCall,
    PlanCommit,
    PlanFeed,
    PlanHost,
    PlanOutput,
    PlanRun,
    Pooled,
)


def chain(program: Program) -> Plan:
    """The plan of the last kernel, with all that comes before and after it."""
    plan = _chained(program)
    late = waiting(program)
    if not late or program.mode not in ("online", "episodic"):
        return plan
    now = tuple(o for o in program.outputs if o not in late)
    return plan_hash(replace(plan, online=_chained(replace(program, outputs=now))))


def _chained(program: Program) -> Plan:
    staged = stages(program)
    if not staged.feeds and not program.runs:
        return schedule(staged.main)
    hosts = {h.name: n for n, h in enumerate(program.hosts)}
    main = _with_folded(staged.main)
    plan = schedule(main)
    read_at_reset = {i.name for i in plan.inputs if i.at_reset}
    feeds: list[PlanFeed] = []
    for feed in reversed(staged.feeds):
        made = _feed(feed, hosts, read_at_reset)
        feeds.insert(0, made)
        for part in (made.plan, made.reset):
            if part is not None:
                read_at_reset |= {i.name for i in part.inputs if i.at_reset}
    commit = _commit(program, staged.after, plan) if program.runs else None
    plan = replace(
        plan, hosts=tuple(_host(h) for h in program.hosts), feeds=tuple(feeds), commit=commit
    )
    return plan_hash(_needs_of_all(plan))


def _needs_of_all(plan: Plan) -> Plan:
    """What any kernel of the chain reads must be given: the flags of all, in each."""
    parts = [f.plan for f in plan.feeds] + [f.reset for f in plan.feeds if f.reset is not None]
    in_step = {i.name for p in (plan, *(f.plan for f in plan.feeds)) for i in p.inputs if i.in_step}
    at_reset = {i.name for p in (plan, *parts) for i in p.inputs if i.at_reset}
    at_reset |= {i.name for f in plan.feeds if f.reset for i in f.reset.inputs if i.in_step}
    inputs = tuple(
        replace(i, in_step=i.name in in_step, at_reset=i.name in at_reset) for i in plan.inputs
    )
    return replace(plan, inputs=inputs)


def _feed(feed: Feed, hosts: dict[str, int], read_at_reset: set[str]) -> PlanFeed:
    plan = schedule(feed.program)
    needed = [c for c in feed.calls if c.input in read_at_reset]
    names = {name for c in needed for name in (*c.args, c.gate)}
    asked = tuple(o for o in feed.program.outputs if o.role == "argument" and o.name in names)
    calls = tuple(call_of(c, plan, plan, hosts) for c in feed.calls)
    if not needed:
        return PlanFeed(plan, calls, None, ())
    reset = schedule_reset(replace(feed.program, outputs=asked))
    return PlanFeed(plan, calls, reset, tuple(call_of(c, reset, plan, hosts) for c in needed))


def call_of(call: Call, giver: Plan, taker: Plan, hosts: dict[str, int]) -> PlanCall:
    """`giver` computes its arguments, `taker` has the input it fills."""
    outputs = _arguments(giver)
    number = next(n for n, i in enumerate(taker.inputs) if i.name == call.input)
    args = tuple(outputs[name] for name in call.args)
    if call.node.kind == "pool":
        fold, scope, of, excluding, ddof = call.node.attr
        return PlanCall(number, args, pool=Pooled(fold, scope, of, excluding, ddof))
    if call.node.kind == "forward":
        return PlanCall(number, args, ahead=Ahead(*call.node.attr))
    gate = None if call.gate is None else outputs[call.gate]
    return PlanCall(number, args, hosts[call.node.attr], gate)


def _arguments(plan: Plan) -> dict[str, PlanOutput]:
    return {o.name: o for o in plan.outputs if o.role == "argument"}


# ---- what the run remembers -----------------------------------------------------------------


def _with_folded(program: Program) -> Program:
    """With outputs for what the run folds from each transition."""
    more: list[Output] = []
    for run in program.runs:
        if run.fold != "let":
            more.append(Output(run.name, "argument", run.value))
            if run.mask is not None:
                more.append(Output(f"{run.name} mask", "argument", run.mask))
    return replace(program, outputs=(*program.outputs, *more))


def _commit(program: Program, after: tuple[Call, ...], main: Plan) -> PlanCommit:
    lets = [r for r in program.runs if r.fold == "let"]
    plan = seeds = None
    if lets:
        values = tuple(Output(r.name, "argument", r.value) for r in lets)
        first = tuple(Output(r.name, "argument", r.seed) for r in lets if r.seed is not None)
        bare = replace(program, inputs=_inputs_of(main, program, after), runs=())
        plan = schedule(cut(replace(bare, outputs=values), _names(after)))
        seeds = schedule(replace(bare, outputs=first))
    calls = tuple(call_of(c, main, main, {}) for c in after)
    numbers = {p.name: n for n, p in enumerate(main.params)}
    results = _arguments(main) | ({} if plan is None else _arguments(plan))
    runs = tuple(_run(r, numbers, results) for r in program.runs)
    return PlanCommit(calls, plan, seeds, runs)


def _inputs_of(main: Plan, program: Program, after: tuple[Call, ...]) -> tuple[Input, ...]:
    """The inputs of the main kernel, in its order: the numbers of all plans are the same."""
    known = {i.name: i for i in program.inputs}
    made = {c.input: c.node for c in after}
    inf = float("inf")
    found = []
    for i in main.inputs:
        given = known.get(i.name)
        form = made[i.name].form if i.name in made else None
        if given is None and form is None:  # filled for the totals; the commit reads none of these
            given = next(iter(program.inputs), None)
            assert given is not None
            given = replace(given, name=i.name)
        if given is None:
            assert form is not None and i.span is not None
            given = Input(
                i.name, form, "episode", 1.0, "1", -inf, inf, False, (), None, i.span, "pool"
            )
        found.append(given)
    return tuple(found)


def _names(after: tuple[Call, ...]) -> dict[int, str]:
    return {c.node.number: c.input for c in after}


def _run(run: Run, numbers: dict[str, int], results: dict[str, PlanOutput]) -> PlanRun:
    return PlanRun(
        run.name,
        run.fold,
        run.form.kind,
        run.form.shape,
        numbers[run.name],
        numbers.get(f"{run.name} size", -1),
        results[run.name],
        results.get(f"{run.name} mask"),
        run.additive,
        run.ddof,
        run.span,
    )


def _host(host: Host) -> PlanHost:
    return PlanHost(
        host.name,
        host.source,
        tuple(HostArgument(a.name, a.kind, a.members, a.scale) for a in host.arguments),
        host.form.kind,
        host.form.shape,
        host.members,
        host.scale,
        host.lo,
        host.hi,
        host.batch,
        host.cached,
        host.timeout,
        host.retries,
        host.span,
    )
