"""The compiled back end: IR becomes Python source, which is executed once and then runs instructions.

Only the typed IR becomes source. Names in it are numbered, a specification's names stand in it only as quoted strings
or cut to letters, digits and underscores.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from analyzer.language.declarations import ACCESS_KINDS, Body, Function, Machine, TrapKind
from analyzer.language.evaluate import LOOP_LIMIT, DoesNotEnd, Interpretation, Outcome, State
from analyzer.language.ir import Expr
from analyzer.language.operators import OPERATORS, mask
from analyzer.simulator.frame import Operand, Operands
from analyzer.simulator.functions import Library
from analyzer.simulator.runtime import DEFAULT, Context, Ended, Trapped, no_case

NAMESPACE: Mapping[str, object] = {
    "__builtins__": {"range": range},
    "Trapped": Trapped,
    "Ended": Ended,
    "DoesNotEnd": DoesNotEnd,
    "no_case": no_case,
    **{f"OP_{name}": operator.compute for name, operator in OPERATORS.items()},
}
Generated = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Instruction:
    """A compiled body: its length, a number or a function of the context, and its semantics."""

    length: int | Generated
    semantics: Generated


class Compiled:
    """Executes bodies on states as `Evaluator` does. One serves one machine.

    Bodies, expressions and functions are compiled when they are first used and kept by identity, so callers keep them
    as well and do not build them anew for each execution. With `logging`, instructions are executed in place, by
    `Engine`, and note the old values of what they write.
    """

    def __init__(self, machine: Machine, *, logging: bool = False) -> None:
        self.machine = machine
        self.library = Library(machine, logging=logging)
        self.namespace: dict[str, Any] = dict(NAMESPACE)
        self._pc = machine.pc.name
        self._pc_mask = mask(machine.pc.width)
        self._hooks: dict[str, Generated | None] = {}
        self._bodies: dict[int, tuple[Body, tuple[str, ...], dict[tuple[int, ...], Instruction]]] = {}
        self._expressions: dict[int, tuple[Expr, Generated]] = {}
        self._functions: dict[int, tuple[Function, Generated]] = {}
        self._translations: dict[tuple[str, int], Generated] = {}
        self._deliveries: dict[str, Generated] = {}

    def run(
        self,
        body: Body,
        fields: Mapping[str, int],
        state: State,
        interpretation: Interpretation | None = None,
        loop_limit: int = LOOP_LIMIT,
        files: Container[str] | None = None,
    ) -> Outcome:
        """Execute an instruction with operand fields `fields` in `state`, which is not changed. `files`: the register
        files that it may write, if that is known; the outcome shares the others with `state`.

        Raises `DoesNotEnd` when a loop exceeds the limit.
        """
        instruction = self.instruction(body, fields)
        c = Context(state.copy(files), fields, interpretation or DEFAULT, loop_limit)
        c.here = c.registers[self._pc]
        length = instruction.length
        c.next = (c.here + (length if isinstance(length, int) else length(c))) & self._pc_mask
        before, after = self.hook("before"), self.hook("after")
        try:
            if before is not None:
                before(c)
            with suppress(Ended):
                instruction.semantics(c)
            if after is not None:
                after(c)
        except Trapped as trap:
            return Outcome("traps", c.committed or state.copy(files), trap.kind, trap.values)
        if not c.pc_written:
            c.registers[self._pc] = c.next
        shown = tuple(c.after) if c.after else ()
        if c.continues:
            return Outcome("continues", c.state, "", (), c.bits, c.width, shown)
        return Outcome("completes", c.state, after=shown)

    def evaluate(
        self, expression: Expr, fields: Mapping[str, int], state: State, interpretation: Interpretation = DEFAULT
    ) -> int:
        """The value of an expression over `fields` and the components of `state`."""
        known = self._expressions.get(id(expression))
        if known is None:
            known = expression, self._made(self.library.expression(expression))
            self._expressions[id(expression)] = known
        value: int = known[1](Context(state, fields, interpretation, LOOP_LIMIT))
        return value

    def translated(self, space: str, address: int, kind: int, state: State) -> int | None:
        """The real address of a program address in `state`, or `None` where it traps."""
        try:
            real: int = self.translation(space, kind)(Context(state, {}, DEFAULT, LOOP_LIMIT), address)
        except Trapped:
            return None
        return real

    def places_of_code(
        self, here: int, count: int, state: State, interpretation: Interpretation = DEFAULT
    ) -> list[int | None]:
        """The real addresses from which so many units of the instruction at `here` are fetched in `state`, `None` where
        that traps. Raises `Trapped` or `Ended` where `code` traps or ends the instruction."""
        context = Context(state, {}, interpretation, LOOP_LIMIT)
        program, code = self.machine.program.name, self.hook("code")
        translated = self.translation(program, ACCESS_KINDS["execute"])
        out: list[int | None] = []
        for i in range(count):
            address = (here + i) & self._pc_mask
            if code is not None:
                address = code(context, address)
            try:
                out.append(translated(context, address))
            except Trapped:
                out.append(None)
        return out

    def translation(self, space: str, kind: int) -> Generated:
        """The function of a context and an address that gives the real address, or traps."""
        key = (space, kind)
        if key not in self._translations:
            self._translations[key] = self._made(self.library.translation(space, kind))
        return self._translations[key]

    def delivery(self, kind: TrapKind) -> Generated:
        """The trap sequence of a kind of trap, a function of a context and the trap's values."""
        if kind.name not in self._deliveries:
            self._deliveries[kind.name] = self._made(self.library.delivery(kind))
        return self._deliveries[kind.name]

    def call(self, function: Function, args: Sequence[int], state: State) -> tuple[int, ...]:
        """Run a function with values as arguments in `state`, which it may change; what it returns.

        Raises `Trapped` or `Ended` where the function traps or ends the instruction.
        """
        known = self._functions.get(id(function))
        if known is None:
            known = function, self._made(self.library.whole_function(function))
            self._functions[id(function)] = known
        results = known[1](Context(state, {}, DEFAULT, LOOP_LIMIT), *args)
        if len(function.results) == 1:
            return (results,)
        return results or ()

    # -- compiling when first used ---------------------------------------------------------------------------

    def instruction(self, body: Body, fields: Mapping[str, int]) -> Instruction:
        """A body compiled for the operand cases in `fields`."""
        known = self._bodies.get(id(body))
        if known is None:
            known = self._bodies[id(body)] = (body, tuple(f"{name}.case" for name in body.operands), {})
        cases = tuple([fields.get(name, 0) for name in known[1]])
        instruction = known[2].get(cases)
        if instruction is None:
            instruction = known[2][cases] = self._compiled(body, cases)
        return instruction

    def _compiled(self, body: Body, cases: tuple[int, ...]) -> Instruction:
        items = zip(body.operands.items(), cases, strict=True)
        operands: Operands = tuple(Operand(name, of, case) for (name, of), case in items)
        length = self.library.length(body, operands)
        semantics = self._made(self.library.body(body, operands))
        return Instruction(length if isinstance(length, int) else self._made(length), semantics)

    def hook(self, name: str) -> Generated | None:
        """The function of this name, which takes values only, if the machine has it."""
        if name not in self._hooks:
            function = self.machine.functions.get(name)
            self._hooks[name] = None if function is None else self._made(self.library.whole_function(function))
        return self._hooks[name]

    def _made(self, name: str) -> Generated:
        """The generated function of a name, once all pending source is executed."""
        source = self.library.take()
        if source:
            exec(compile(source, "<generated>", "exec"), self.namespace)
        made: Generated = self.namespace[name]
        return made
