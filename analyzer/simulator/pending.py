"""When interrupts can happen: what of the visible state decides it, hidden state given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.language.declarations import Machine
from analyzer.language.effects import EffectAnalysis
from analyzer.language.evaluate import State
from analyzer.language.ir import (
    Apply,
    Assign,
    Block,
    Branch,
    Call,
    Const,
    Evaluate,
    Expr,
    If,
    Indexed,
    Local,
    OperandArgument,
    Register,
    Return,
    Stmt,
    Unpack,
    While,
    operands_of,
    walk,
)
from analyzer.language.operators import OPERATORS

REMEMBERED = 1 << 12  # hidden states
ABSORBING = {"and": 0, "mul": 0}  # operator to the operand that alone decides the result


@dataclass(frozen=True, slots=True)
class Value:
    """A number if it is known, and else the visible components that it may depend on."""

    known: int | None
    depends: frozenset[str] = frozenset()


class Pending:
    """Reads `interrupts()` of a machine with hidden state known and visible state open.

    `hidden` are the hidden components that it reads.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.effects = EffectAnalysis(machine.functions, machine.operands)
        self.body = machine.functions["interrupts"].body if "interrupts" in machine.functions else ()
        reads = sorted(self.effects.block(self.body).reads)
        self.hidden = frozenset(name for name in reads if machine.components[name].hidden)
        self.scalars = tuple(name for name in reads if name in self.hidden and machine.components[name].count is None)
        self.watched: set[str] = set()
        self.state = State({})
        self.known: dict[tuple[int, ...], frozenset[str]] = {}

    def visible(self, state: State) -> frozenset[str]:
        """The visible components on which it depends whether an interrupt is due, hidden state being that of `state`.

        Empty where none is due whatever they are, or one is whatever they are.
        """
        key = tuple(map(state.registers.__getitem__, self.scalars))
        if key not in self.known:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.watched, self.state = set(), state
            self.block(self.body, {})
            self.known[key] = frozenset(self.watched)
        return self.known[key]

    def block(self, block: Block, names: dict[str, Value]) -> Value | None:
        """Run statements up to the first that would do something; what they return."""
        for position, statement in enumerate(block):
            match statement:
                case Assign(target=Local(name=name), value=value):
                    names[name] = self.value(value, names)
                case Unpack(targets=targets):
                    names.update(dict.fromkeys((each.name for each in targets), self.unknown((statement,), names)))
                case While(writes=writes):
                    names.update(dict.fromkeys((each.name for each in writes), self.unknown((statement,), names)))
                case Branch(condition=condition):
                    test = self.value(condition, names)
                    if test.known is None:
                        return self.open(test, statement, block[position + 1 :], names)
                    result = self.block(statement.then if test.known else statement.other, names)
                    if result is not None:
                        return result
                case Return(values=(value,)):
                    return self.value(value, names)
                case Evaluate(call=call):
                    self.call(call, names)
                case _:
                    return Value(None)
        return None

    def open(self, test: Value, branch: Branch, rest: Block, names: dict[str, Value]) -> Value | None:
        """Visible state decides which way it goes: watch it, and what else is read on the way."""
        inside = (*branch.then, *branch.other)
        depends = test.depends | self.unknown(inside, names).depends
        self.watched |= depends
        for node in walk(inside):
            if isinstance(node, Assign) and isinstance(node.target, Local):
                names[node.target.name] = Value(None, depends)
        result = self.block(rest, names)
        if result is None and not any(isinstance(node, Return) for node in walk(inside)):
            return None
        return Value(None, depends | (result.depends if result else frozenset()))

    def unknown(self, block: Block, names: Mapping[str, Value]) -> Value:
        """A value that may depend on all that statements read, names among it."""
        read = (name for name in self.effects.block(block).reads if not self.machine.components[name].hidden)
        return Value(None, frozenset(read).union(*(value.depends for value in names.values())))

    def read(self, node: Expr | Stmt) -> frozenset[str]:
        """The visible component that a node reads."""
        match node:
            case Register(name=name) | Indexed(file=name) if not self.machine.components[name].hidden:
                return frozenset((name,))
            case _:
                return frozenset()

    def value(self, node: Expr, names: Mapping[str, Value]) -> Value:
        """The value of an expression, as far as it is known."""
        match node:
            case Const(value=value):
                return Value(value)
            case Local(name=name):
                return names.get(name, Value(None))
            case Register(name=name):
                hidden = self.machine.components[name].hidden
                return Value(self.state.registers[name]) if hidden else Value(None, frozenset((name,)))
            case If(condition=condition, then=then, other=other):
                return self.choice(self.value(condition, names), self.value(then, names), self.value(other, names))
            case Apply(op=op, args=args):
                return self.apply(node, op, tuple(self.value(arg, names) for arg in args))
            case Call():
                return self.call(node, names)
            case _:
                parts = [self.value(part, names) for part in operands_of(node)]
                return Value(None, self.read(node).union(*(part.depends for part in parts)))

    def choice(self, test: Value, then: Value, other: Value) -> Value:
        """`then if test else other`."""
        if test.known is not None:
            return then if test.known else other
        if then == other and then.known is not None:
            return then
        return Value(None, test.depends | then.depends | other.depends)

    def apply(self, node: Apply, op: str, args: tuple[Value, ...]) -> Value:
        """An operator applied."""
        if op in ABSORBING and any(arg.known == ABSORBING[op] for arg in args):
            return Value(ABSORBING[op])
        known = tuple(arg.known for arg in args if arg.known is not None)
        if len(known) == len(args):
            return Value(OPERATORS[op].apply(known, tuple(arg.width for arg in node.args), node.parameters))
        return Value(None, frozenset[str]().union(*(arg.depends for arg in args)))

    def call(self, node: Call, names: Mapping[str, Value]) -> Value:
        """A call of a function of the specification."""
        function = self.machine.functions[node.function]
        inner = {
            parameter.name: self.value(arg, names)
            for parameter, arg in zip(function.parameters, node.args, strict=True)
            if not isinstance(arg, OperandArgument)
        }
        return self.block(function.body, inner) or Value(None)
