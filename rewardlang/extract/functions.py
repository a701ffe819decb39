"""Which Python function an `extern` means.

A file only names one; whoever compiles the program hands it over. So a text from a stranger runs
nothing: `from "vision:likeness"` is looked up among what was given, and is imported only where
that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError
from rewardlang.diagnostics.suggest import nearest
from rewardlang.plan import Plan, PlanHost

Function = Callable[..., Any]


def functions(
    plan: Plan, given: Mapping[str, Function] | None, imports: bool
) -> tuple[Function, ...]:
    """One for each host of the plan, by its name or its `from`. RewardError if one is missing."""
    given = {} if given is None else given
    known = {name for host in plan.hosts for name in (host.name, host.source)}
    for name, function in given.items():
        if name not in known:
            near = nearest(name, sorted(known))
            hint = f"did you mean `{near[0]}`?" if near else None
            raise _error("RW512", None, hint, name=name)
        if not callable(function):
            raise _error("RW513", None, None, name=name, given=type(function).__name__)
    return tuple(_function(host, given, imports) for host in plan.hosts)


def _function(host: PlanHost, given: Mapping[str, Function], imports: bool) -> Function:
    for name in (host.name, host.source):
        if name in given:
            return given[name]
    if not imports:
        raise _error("RW511", host, None, name=host.name, source=host.source)
    module, _, attribute = host.source.partition(":")
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # whatever a stranger's module does when it is imported
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise _error("RW514", host, None, source=host.source, reason=reason) from None
    if not callable(found):
        raise _error("RW513", host, None, name=host.source, given=type(found).__name__)
    function: Function = found
    return function


def _error(code: str, host: PlanHost | None, hint: str | None, **args: Any) -> RewardError:
    labels = () if host is None or host.span is None else (Label(host.span, "declared here"),)
    return RewardError([Diagnostic(code, labels, args, hint=hint)])
