"""Expressions in symbolic execution, and the functions they call."""

from __future__ import annotations

from abc import abstractmethod

from analyzer.language.declarations import Function
from analyzer.language.ir import (
    Apply,
    Attribute,
    Block,
    Call,
    CaseField,
    Const,
    Expr,
    Field,
    If,
    Indexed,
    Load,
    Local,
    Next,
    OperandArgument,
    Register,
    StorageSize,
    Undefined,
    Uninterpreted,
    walk,
)  # fmt: skip
from analyzer.symbolic.paths import Exit, Frame, Unreachable
from analyzer.symbolic.storage import StorageAccess
from analyzer.symbolic.summary import RUN_SPECIFIC, SIZE
from analyzer.symbolic.terms import Term

ABSTRACT_OPERATORS = frozenset(("mul", "udiv", "urem", "sdiv", "srem"))


class ExpressionExecutor(StorageAccess):
    """Evaluates expressions over the present state."""

    @abstractmethod
    def block(self, block: Block, frame: Frame) -> None:
        """Execute statements in order; raises `Unreachable` where no path reaches the end."""

    def expression(self, node: Expr, frame: Frame) -> Term:
        """The term of an expression; raises `Unreachable` where a called function never returns."""
        t = self.terms
        match node:
            case Const(value=value, width=width):
                return t.const(value, width)
            case Local(name=name):
                return frame.locals[name]
            case Field(name=name, width=width):
                return self.given[name] if name in self.given else t.var(name, width)
            case Register(name=name):
                return self.state[name]
            case Apply(op=op, args=args, parameters=parameters):
                return self.operator(op, tuple(self.expression(arg, frame) for arg in args), parameters)
            case If(condition=condition, then=then, other=other):
                return self.conditional(self.expression(condition, frame), then, other, frame)
            case Indexed(file=file, index=index):
                array = self.given[file] if file in self.given else self.state[file]
                return t.select(array, self.expression(index, frame))
            case Load():
                return self.load(node, frame)
            case Call():
                return self.called(node, frame)[0]
            case _:
                return self.rare(node, frame)

    def operator(self, op: str, args: tuple[Term, ...], parameters: tuple[int, ...]) -> Term:
        """An operator; multiplication of two variables is uninterpreted in an abstract summary."""
        abstract = op in ABSTRACT_OPERATORS and not self.exact and all(arg.kind != "const" for arg in args)
        return self.terms.uf(op, args, args[0].width) if abstract else self.terms.op(op, args, parameters)

    def conditional(self, condition: Term, then: Expr, other: Expr, frame: Frame) -> Term:
        """Only one side is evaluated: the other's faults and effects do not happen."""
        a, b = self.branch(
            condition, lambda: self.expression(then, frame), lambda: self.expression(other, frame), frame
        )
        if a is None or b is None:
            survivor = a if b is None else b
            assert survivor is not None
            return survivor
        return self.terms.ite(condition, a, b)

    def rare(self, node: Expr, frame: Frame) -> Term:
        """The remaining kinds of expressions."""
        t = self.terms
        match node:
            case CaseField(name=name, width=width):
                return t.var(f"{self.case_scope}.{name}", width)
            case Attribute(operand=operand, name=name, width=width):
                return self.attribute(frame.operands.get(operand, operand), name, width, frame)
            case Next():
                return self.next
            case StorageSize(width=width):
                return t.var(SIZE, width)
            case Uninterpreted(name=name, args=args, width=width):
                return t.uf(f"function {name}", tuple(self.expression(arg, frame) for arg in args), width)
            case Undefined(site=site, unpredictable=True, width=width):
                return t.var(f"unpredictable {site}{RUN_SPECIFIC}", width)
            case Undefined(site=site, width=width):
                return t.var(f"undefined {site}", width)
            case _:
                raise TypeError(f"not an expression: {node!r}")

    def attribute(self, operand: str, name: str, width: int, frame: Frame) -> Term:
        """An attribute of an operand: a choice among its cases."""
        t = self.terms
        described = self.machine.operands[self.operands[operand]]
        number = t.var(f"{operand}.case", described.case_width)
        outer, self.case_scope = self.case_scope, operand
        cases = [case.attributes.get(name, Const(0, width)) for case in described.cases]
        value = self.case(number, cases, 0, Frame(frame.guard))
        self.case_scope = outer
        return value

    def case(self, number: Term, cases: list[Expr], first: int, frame: Frame) -> Term:
        """The value of the case whose number it is, from `first` on; the loads of the others do not happen."""
        t = self.terms
        if first == len(cases) - 1:
            return self.expression(cases[first], frame)
        here = t.eq(number, t.const(first, number.width))
        if not any(isinstance(node, Load | Call) for expression in cases for node in walk(expression)):
            return t.ite(here, self.expression(cases[first], frame), self.case(number, cases, first + 1, frame))
        taken, other = self.branch(
            here,
            lambda: self.expression(cases[first], frame),
            lambda: self.case(number, cases, first + 1, frame),
            frame,
        )
        if taken is None or other is None:
            survivor = other if taken is None else taken
            assert survivor is not None
            return survivor
        return t.ite(here, taken, other)

    def called(self, node: Call, frame: Frame) -> tuple[Term, ...]:
        """The results of a call."""
        function = self.machine.functions[node.function]
        args = tuple(
            frame.operands.get(arg.name, arg.name) if isinstance(arg, OperandArgument) else self.expression(arg, frame)
            for arg in node.args
        )
        before = self.guard
        results = self.enter(function, args)
        if self.guard is not before:
            frame.guard = self.terms.and_(frame.guard, self.guard)
        return results

    def enter(self, function: Function, args: tuple[Term | str, ...]) -> tuple[Term, ...]:
        """Run a function and join the paths that return from it."""
        t = self.terms
        frame = Frame(t.true)
        for parameter, arg in zip(function.parameters, args, strict=True):
            if isinstance(arg, str):
                frame.operands[parameter.name] = arg
            else:
                frame.locals[parameter.name] = arg
        outer, ended = self.guard, len(self.ended)
        try:
            self.block(function.body, frame)
            if not function.results:
                frame.exits.append(Exit(frame.guard, self.state))
        except Unreachable:
            pass
        if not frame.exits:
            self.guard = outer
            raise Unreachable(len(self.ended) > ended)
        self.state, values = self.join(frame.exits)
        self.guard = outer
        if len(self.ended) > ended:
            self.guard = t.and_(outer, t.or_(*(leaving.guard for leaving in frame.exits)))
        return values
