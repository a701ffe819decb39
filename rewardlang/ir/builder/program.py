"""Terms, ends, potentials and the total: what leaves the numeric layer.

term w weight k times dt = v     settled(v) * (k * dt)
potential p discount g = phi     settled(g * (0 if ended for good else phi') - phi)
terminate c when b pays r        settled(b), settled(select(b, r, 0))
the total                        terms in file order, then potentials, then pays
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from rewardlang.check.depth import OF_A_CHAIN, deep_recursion
from rewardlang.check.levels import paid_at_end
from rewardlang.check.typed import (
    Checked,
    ConditionDecl,
    Expr,
    HostDecl,
    InputDecl,
    NameRef,
    ParamDecl,
    PotentialDecl,
    RunDecl,
    SpecDecl,
    TermDecl,
)
from rewardlang.diagnostics.source import Span
from rewardlang.ir.builder.axes import align
from rewardlang.ir.builder.expressions import Expressions, form_of, kind_of
from rewardlang.ir.builder.machines import described, machine_outputs
from rewardlang.ir.ops import Form, Host, HostArgument, Input, Op, Output, Param, Program, Run, Sink
from rewardlang.types import ANY, Axis, Index, Known

ENDS = "terminated"  # no input of a program can have this name


def build(checked: Checked, probes: dict[str, Expr] | None = None) -> Program:
    """With `probes`, only these expressions, by name, and what they read (tests use them)."""
    builder = _ProgramBuilder(checked)
    with deep_recursion(OF_A_CHAIN):
        return builder.program(builder.all_outputs() if probes is None else builder.probed(probes))


def _input(d: InputDecl) -> Input:
    per = "reset" if d.level.known is Known.RESET else d.level.index.name.lower()
    shared = d.level.index.name.lower() if d.level.index < Index.EPISODE else ""
    given = d.range or ANY
    members = d.type.enum.members if d.type.enum else ()
    return Input(
        d.name, form_of(d.type), per, d.scale, d.shown_unit, given.lo, given.hi,
        d.range is not None, members, d.default, d.span, shared=shared,
        lengths=_lengths(d.type.axes),
    )  # fmt: skip


def _lengths(axes: tuple[Axis, ...]) -> tuple[str | None, ...]:
    """For each axis the input that says how long it is, where it is ragged."""
    if all(axis.cap is None for axis in axes):
        return ()
    return tuple(None if axis.cap is None else f"{axis.source}.length" for axis in axes)


def _param(d: ParamDecl) -> Param:
    given = d.range or ANY
    members = d.type.enum.members if d.type.enum else ()
    return Param(
        d.name, form_of(d.type), d.default, d.scale, d.shown_unit, given.lo, given.hi, members,
        d.span,
    )  # fmt: skip


def _host(d: HostDecl) -> Host:
    given = d.range or ANY
    arguments = zip(d.formals, d.scales, strict=True)
    return Host(
        d.name,
        d.source,
        tuple(
            HostArgument(name, kind_of(t), t.enum.members if t.enum else (), scale)
            for (name, t), scale in arguments
        ),
        form_of(d.type),
        d.type.enum.members if d.type.enum else (),
        d.scale,
        given.lo,
        given.hi,
        d.batch,
        d.cached,
        d.timeout,
        d.retries,
        d.span,
    )


class _ProgramBuilder(Expressions):
    def __init__(self, checked: Checked) -> None:
        super().__init__(checked)
        self.checked = checked
        self.sinks: list[Sink] = []
        self._ends_by_slot: tuple[Input, ...] = ()
        self._terms: dict[str, Output] = {}
        self._conditions: dict[str, Output] = {}
        self._term_declarations = {d.name: d for d in checked.terms}
        self._condition_declarations = {d.name: d for d in checked.conditions}

    def program(self, outputs: list[Output]) -> Program:
        runs = tuple(self._run_of(d) for d in self.checked.runs)
        inputs = [_input(d) for d in (*self.checked.inputs, *self.checked.lengths)]
        return Program(
            self.checked.name,
            self.checked.timestep,
            self.checked.mode,
            self.checked.faults,
            (*inputs, *self._ends_by_slot),
            (*(_param(d) for d in self.checked.params), *self._run_params()),
            tuple(self.samples.cells.values()),
            tuple(self.samples.buffers.values()),
            tuple(self.sinks),
            tuple(outputs),
            tuple(_host(d) for d in self.checked.hosts),
            runs,
            self.checked.axis,
            tuple(described(d) for d in self.checked.machines),
        )

    def probed(self, probes: dict[str, Expr]) -> list[Output]:
        return [Output(name, "probe", self.build(e)) for name, e in probes.items()]

    def all_outputs(self) -> list[Output]:
        outputs = [self._term(d.name) for d in self.checked.terms]
        outputs += [self._condition(d.name) for d in self.checked.conditions]
        outputs += self._paid
        if self._own is not None:
            outputs.append(Output("reward", "reward", self._own))
        if self._reward is not None:
            outputs.append(Output("total", "reward", self._reward))
        for metric in self.checked.metrics:
            value = self.make.to("real", self.build(metric.value))
            at_end = paid_at_end(metric.value.level)
            outputs.append(Output(metric.name, "metric", value, at_end=at_end))
        for spec in self.checked.specs:
            outputs += self._spec(spec)
        return outputs + machine_outputs(self) + self._advantage()

    def _spec(self, d: SpecDecl) -> list[Output]:
        """What results show of a formula: the verdict so far, the robustness at the end."""
        found: list[Output] = []
        for now, end in d.verdicts or ():
            value = self.make.select(self.ended(()), self.build(end), self.build(now))
            role: Literal["satisfied", "violated"] = "violated" if found else "satisfied"
            found.append(Output(d.name, role, value))
        if d.robustness is not None:
            value = self.make.select(
                self.ended(()), self.build(d.robustness), self.make.fault("real")
            )
            found.append(Output(d.name, "robustness", value, at_end=True))
        return found

    def _advantage(self) -> list[Output]:
        """The advantage, 0 where it is left out, and whether it is not."""
        make, d = self.make, self.checked.advantage
        if d is None:
            return []
        at_end = d.value.level.index < Index.STATE
        raw = make.to("real", self.build(d.value))
        trained = make.const(True)
        if d.where is not None:
            trained = self.build(d.where)
            raw = make.select(trained, raw, make.const(0.0))
            at_end = at_end and d.where.level.index < Index.STATE
        value = self._settle("advantage", "advantage", raw, None, d.value)
        return [
            Output("advantage", "advantage", value, at_end=at_end),
            Output("trained", "trained", trained, at_end=at_end),
        ]

    # ---- what the run remembers -------------------------------------------------------------

    def _run_of(self, d: RunDecl) -> Run:
        form = form_of(d.type)
        value = self.build(d.value)
        if d.fold == "let":
            value = self.make.expand(self.make.to(form.kind, value), form.shape)
        mask = None
        if d.mask is not None:
            mask = align(self.make, self.build(d.mask), d.mask.type.axes, d.value.type.axes)
            mask = self.make.expand(mask, value.form.shape)
        seed = None
        if d.seed is not None:
            seed = self.make.expand(self.make.to(form.kind, self.build(d.seed)), form.shape)
        return Run(d.name, d.fold, form, value, seed, mask, d.additive, d.ddof, d.span)

    def _run_params(self) -> list[Param]:
        """Params that nobody sets: the runtime writes them after each call."""
        found = []
        for d in self.checked.runs:
            names = [d.name] if d.fold == "let" else [d.name, f"{d.name} size"]
            kinds = [form_of(d.type), Form("real", d.type.shape)]
            for name, form in zip(names, kinds, strict=False):
                found.append(
                    Param(name, form, 0, 1.0, "1", ANY.lo, ANY.hi, (), d.span, of_run=True)
                )
        return found

    def _settle(self, name: str, role: str, raw: Op, on_fault: Expr | None, e: Expr) -> Op:
        sink = Sink(len(self.sinks), name, role, e.span)  # type: ignore[arg-type]
        self.sinks.append(sink)
        args = (raw,) if on_fault is None else (raw, self.make.to("real", self.build(on_fault)))
        return self.make.node("settle", args, raw.form, sink.number)

    def settled_move(self, name: str, raw: Op, span: Span) -> Op:
        sink = Sink(len(self.sinks), name, "machine", span)
        self.sinks.append(sink)
        return self.make.node("settle", (raw,), raw.form, sink.number)

    def settled(self, reference: NameRef) -> Op:
        match reference.kind:
            case "term":
                return self._term(reference.name).value
            case "condition":
                return self._condition(reference.name).value
            case "total":
                return self._total
            case "reward":
                assert self._reward is not None, "the checker lets nothing read an absent reward"
                return self._reward
        raise ValueError(f"a name of an unknown kind: {reference.kind}")

    # ---- terms ------------------------------------------------------------------------------

    def _term(self, name: str) -> Output:
        if name not in self._terms:
            self._terms[name] = self._build_term(self._term_declarations[name])
        return self._terms[name]

    def _build_term(self, d: TermDecl) -> Output:
        make = self.make
        make.span = d.value.span
        raw = make.to("real", self.build(d.value))
        at_end = d.pays == "end"
        if at_end:
            raw = make.select(self.ended(raw.form.shape), raw, make.const(0.0))
        value = self._settle(d.name, "term", raw, d.on_fault, d.value)
        return Output(d.name, "term", value, self._factor(d.weight, d.times_dt), at_end)

    def _factor(self, weight: Expr | None, times_dt: bool) -> Op | None:
        factor = None if weight is None else self.make.to("real", self.build(weight))
        if times_dt:
            assert self.checked.timestep is not None, "the checker asks for a timestep"
            dt = self.make.const(float(self.checked.timestep))
            factor = dt if factor is None else self.make.apply("mul", factor, dt)
        return factor

    def _weighted(self, output: Output) -> Op:
        if output.factor is None:
            return output.value
        return self.make.apply("mul", output.value, output.factor)

    def _added(self, parts: list[Op]) -> Op | None:
        total: Op | None = None
        for part in parts:
            total = part if total is None else self.make.apply("add", total, part)
        return total

    # ---- ends -------------------------------------------------------------------------------

    def _condition(self, name: str) -> Output:
        if name not in self._conditions:
            d = self._condition_declarations[name]
            value = self._settle(name, "condition", self.build(d.when), None, d.when)
            self._conditions[name] = Output(name, "condition", value, kind=d.kind)
        return self._conditions[name]

    def ended_for_good(self, shape: tuple[int, ...]) -> Op:
        """The loop says terminated, or one of the program's own conditions does.

        For what is paid to each slot of an axis, a condition with that axis ends its own slot; what
        all share ends when it holds for all of them.
        """
        ended = self.make.signal("terminated")
        own = shape
        for d in self.checked.conditions:
            if d.kind == "terminate":
                ended = self.make.apply("or", ended, self._condition(d.name).value)
                own = own or ended.form.shape
        if own:
            ended = self.make.apply("or", ended, self._terminated_by_slot(own))
        return ended if shape else self.make.reduce("all", ended, tuple(range(len(own))))

    def _terminated_by_slot(self, shape: tuple[int, ...]) -> Op:
        """What the loop says of each slot: a column of its own, false where it speaks of all."""
        form, span = Form("bool", shape), self.make.span
        assert span is not None
        self._ends_by_slot = (Input(ENDS, form, "step", 1.0, "", 0.0, 1.0, False, (), False, span),)
        return self.make.node("input", (), form, ENDS)

    def ended(self, shape: tuple[int, ...]) -> Op:
        return self.make.apply("or", self.ended_for_good(shape), self.make.signal("truncated"))

    # ---- what is paid beside the terms ------------------------------------------------------

    @cached_property
    def _paid(self) -> list[Output]:
        found = [self._potential(d) for d in self.checked.potentials]
        return found + [self._pays(d) for d in self.checked.conditions if d.pays is not None]

    def _potential(self, d: PotentialDecl) -> Output:
        make = self.make
        make.span = d.value.span
        phi = make.to("real", self.build(d.value))
        # phi as it was computed then, so that payments telescope under a moving parameter
        before = self.samples.before("potential", phi, Index.STATE)
        after = make.select(self.ended_for_good(phi.form.shape), make.const(0.0), phi)
        if d.discount is not None:
            after = make.apply("mul", make.to("real", self.build(d.discount)), after)
        raw = make.apply("sub", after, before)
        value = self._settle(d.name, "potential", raw, None, d.value)
        return Output(d.name, "potential", value, self._factor(d.weight, False))

    def _pays(self, d: ConditionDecl) -> Output:
        assert d.pays is not None
        make = self.make
        make.span = d.pays.span
        amount = make.to("real", self.build(d.pays))
        raw = make.select(self._condition(d.name).value, amount, make.const(0.0))
        return Output(d.name, "pays", self._settle(d.name, "pays", raw, None, d.pays))

    # ---- the total --------------------------------------------------------------------------

    @cached_property
    def _total(self) -> Op:
        """The weighted sum of the terms."""
        terms = [self._weighted(self._term(d.name)) for d in self.checked.terms]
        return self._added(terms) or self.make.const(0.0)

    @cached_property
    def _own(self) -> Op | None:
        """The program's own `reward`, which stands for the sum of the terms."""
        e = self.checked.reward
        if e is None:
            return None
        raw = self.make.to("real", self.build(e))
        return self._settle("reward", "reward", raw, self.checked.reward_on_fault, e)

    @cached_property
    def _reward(self) -> Op | None:
        """What is paid. None for a program that pays nothing."""
        parts = [self._weighted(o) for o in self._paid]
        if self._own is not None:
            parts.insert(0, self._own)
        elif self.checked.terms:
            parts.insert(0, self._total)
        added = self._added(parts)
        if added is None:
            return None
        # finite parts can still add up to infinity
        sink = Sink(len(self.sinks), "total", "reward", added.span)  # type: ignore[arg-type]
        self.sinks.append(sink)
        return self.make.node("settle", (added,), added.form, sink.number)
