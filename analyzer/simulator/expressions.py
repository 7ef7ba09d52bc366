"""Expressions as Python source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analyzer.language.declarations import ACCESS_KINDS, Function
from analyzer.language.ir import (
    Apply,
    Attribute,
    Block,
    Branch,
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
    Return,
    StorageSize,
    Undefined,
    Uninterpreted,
    walk,
)
from analyzer.language.operators import mask
from analyzer.simulator.frame import Frame, Functions
from analyzer.simulator.operations import RELATIONS, Code, chosen, denied, made, number, operation, relation

DEEPEST = 30  # nested parentheses; what lies deeper becomes a function
LONGEST = 300  # characters of a function written in place of its call


class ExpressionWriter:
    """Writes expressions."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.machine = functions.machine

    def value(self, node: Expr, frame: Frame) -> Code:
        """The value of an expression."""
        code = self.written(node, frame)
        return self.functions.outlined(code) if code.depth > DEEPEST else code

    def written(self, node: Expr, frame: Frame) -> Code:
        """The same, however deep."""
        match node:
            case Const(value=value):
                return number(value)
            case Local(name=name):
                return frame.locals[name]
            case Field(name=name, width=width):
                return made(f"f[{name!r}]", mask(width), (), ("f",))
            case Register(name=name, width=width):
                return made(f"r[{name!r}]", mask(width), (), ("r",))
            case Apply(args=args):
                return operation(node, tuple(self.value(arg, frame) for arg in args))
            case If(condition=condition, then=then, other=other):
                test = self.condition(condition, frame)
                if test.constant is not None:
                    return self.value(then if test.constant else other, frame)
                return chosen(test, self.value(then, frame), self.value(other, frame))
            case Indexed(file=name, index=index, width=width):
                file = self.functions.file(name)
                at = self.value(index, frame)
                return made(f"{file}.get({at.text}, 0)", mask(width), (at,), (file,))
            case Load(address=address):
                return self.load(node, self.value(address, frame))
            case Call():
                return self.call(node, frame)
            case _:
                return self.rare(node, frame)

    def rare(self, node: Expr, frame: Frame) -> Code:
        """The remaining kinds of expressions."""
        match node:
            case CaseField(name=name, width=width):
                return made(f"f[{f'{frame.scope}.{name}'!r}]", mask(width), (), ("f",))
            case Attribute(operand=operand, name=name, width=width):
                return self.attribute(frame.operand(operand), name, width, frame)
            case Next(width=width):
                return made("c.next", mask(width), ())
            case StorageSize(width=width):
                return made("c.size", mask(width), ())
            case Uninterpreted(name=name, args=args, width=width):
                values = [self.value(arg, frame) for arg in args]
                text = f"(c.function({name!r}, {listed(values)}) & {mask(width):#x})"
                return made(text, mask(width), values, pure=False)
            case Undefined(site=site, unpredictable=unpredictable, width=width):
                text = f"(c.open({site!r}, {unpredictable!r}) & {mask(width):#x})"
                return made(text, mask(width), (), pure=False)
            case _:
                raise TypeError(f"not an expression: {node!r}")

    def condition(self, node: Expr, frame: Frame) -> Code:
        """A 1-bit expression as what stands after `if`: any true or false value."""
        code = self.tested(node, frame)
        return self.functions.outlined(code) if code.depth > DEEPEST else code

    def tested(self, node: Expr, frame: Frame) -> Code:
        """The same, however deep."""
        match node:
            case Apply(op="not", args=(arg,)):
                test = self.condition(arg, frame)
                return number(1 - test.constant) if test.constant is not None else denied(test)
            case Apply(op=op, args=args) if op in RELATIONS:
                values = tuple(self.value(arg, frame) for arg in args)
                if all(value.constant is not None for value in values):
                    return operation(node, values)
                return relation(op, values, tuple(arg.width for arg in args))
            case If(condition=condition, then=then, other=other):
                test = self.condition(condition, frame)
                if test.constant is not None:
                    return self.condition(then if test.constant else other, frame)
                return either(test, self.condition(then, frame), self.condition(other, frame))
            case _:
                return self.written(node, frame)

    def attribute(self, operand: str, name: str, width: int, frame: Frame) -> Code:
        """An attribute of an operand, in the case that it takes."""
        found = next(each for each in frame.operands if each.name == operand)
        cases = self.machine.operands[found.operand_class].cases
        if not 0 <= found.case < len(cases):
            return made(f"no_case({operand!r}, {found.case})", mask(width), (), pure=False)
        expression = cases[found.case].attributes.get(name, Const(0, width))
        return self.value(expression, Frame(frame.operands, scope=operand))

    def load(self, node: Load, address: Code) -> Code:
        """Units of a space as one value."""
        if node.units == 1:
            place = self.functions.place(self.machine.spaces[node.space], address, ACCESS_KINDS["read"])
            return made(f"g({place.text}, 0)", mask(node.width), (place,), ("g",), pure=False)
        access = self.functions.access(node)
        return made(f"{access}(c, {address.text})", mask(node.width), (address,), pure=False)

    # -- calls -----------------------------------------------------------------------------------------------

    def call(self, node: Call, frame: Frame) -> Code:
        """A call for its value; where the function gives several, the first."""
        function, inner = self.activation(node, frame)
        inlined = self.inlined(function, inner)
        if inlined is not None:
            return inlined
        called = self.called(function, inner)
        if len(function.results) == 1:
            return called
        return made(f"{called.text}[0]", mask(node.width), (called,), pure=False)

    def activation(self, node: Call, frame: Frame) -> tuple[Function, Frame]:
        """The called function, and what its parameters stand for."""
        function = self.machine.functions[node.function]
        inner = Frame(frame.operands, scope=frame.scope)
        for parameter, arg in zip(function.parameters, node.args, strict=True):
            if isinstance(arg, OperandArgument):
                inner.bound[parameter.name] = frame.operand(arg.name)
            else:
                inner.locals[parameter.name] = self.value(arg, frame)
        return function, inner

    def called(self, function: Function, inner: Frame) -> Code:
        """A call of the Python function for a function, whose arguments are the names in `inner`."""
        known = self.functions.constants(function, inner.locals)
        name = self.functions.function(function, inner.bound, known, inner)
        passed = [value for parameter, value in inner.locals.items() if parameter not in known]
        width = function.results[0] if len(function.results) == 1 else 1
        arguments = "".join(f", {value.text}" for value in passed)
        return made(f"{name}(c{arguments})", mask(width), passed, pure=False)

    def inlined(self, function: Function, inner: Frame) -> Code | None:
        """The body in place of the call, where it is a short expression and the arguments may move into it.

        A variable or a constant may always; another argument if nothing can happen before it or instead of it, and
        if it is not evaluated often.
        """
        body = result_of(function.body)
        if body is None or not all(arg.pure for arg in inner.locals.values()):
            return None
        uses = Counter(node.name for node in walk(body) if isinstance(node, Local))
        moved = [(arg, uses[name]) for name, arg in inner.locals.items() if not arg.simple]
        if any(count > (2 if arg.depth == 1 else 1) for arg, count in moved):
            return None
        code = self.value(body, inner)
        return code if (code.pure or not moved) and len(code.text) <= LONGEST else None


def result_of(block: Block) -> Expr | None:
    """The one expression that a function returns, if it does nothing else."""
    match block:
        case (Return(values=(value,)), *_):
            return value
        case (Branch(condition=condition, then=then, other=other), *rest):
            first, second = result_of(then), result_of(other or tuple(rest))
            return None if first is None or second is None else If(condition, first, second, first.width)
        case _:
            return None


def either(test: Code, then: Code, other: Code) -> Code:
    """The condition `then if test else other`."""
    if then.constant == other.constant == 0 and test.pure:
        return then
    if other.constant == 0:
        return test if then.constant == 1 else made(f"({test.text} and {then.text})", 1, (test, then))
    if then.constant == 1:
        return made(f"({test.text} or {other.text})", 1, (test, other))
    if then.constant == 0 and other.constant == 1:
        return denied(test)
    return chosen(test, then, other)


def listed(values: Sequence[Code]) -> str:
    """A tuple."""
    return "(" + "".join(f"{value.text}, " for value in values) + ")"
