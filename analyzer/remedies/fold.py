"""Semantics with the virtual CPU record in place of hidden components, and constants folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from analyzer.language.declarations import Function, Machine
from analyzer.language.ir import (
    Apply,
    Assign,
    Attribute,
    Block,
    Branch,
    Call,
    Const,
    Evaluate,
    Execute,
    Expr,
    If,
    Indexed,
    Load,
    Local,
    OperandArgument,
    Register,
    Return,
    Stmt,
    Store,
    Trap,
    Uninterpreted,
    Unpack,
    While,
    apply,
    choose,
    walk,
)


@dataclass
class Folder:
    """Rewrites blocks of one machine. `constants`: component to its known value; `record`: component to the one that
    stands for it; `prefix`: what begins the names of the functions that act on the record."""

    machine: Machine
    constants: Mapping[str, int]
    record: Mapping[str, str]
    prefix: str
    functions: dict[str, Function] = field(default_factory=dict)

    # -- functions -------------------------------------------------------------------------------------------

    def function(self, name: str) -> Function:
        """A function rewritten: of another name where anything changed."""
        if name not in self.functions:
            original = self.machine.functions[name]
            body = self.block(original.body)
            same = body == original.body
            self.functions[name] = original if same else replace(original, name=self.prefix + name, body=body)
        return self.functions[name]

    def reached(self, block: Block) -> dict[str, Function]:
        """The rewritten functions that a rewritten block calls, also through others; those called come first."""
        own = {function.name: function for function in self.functions.values() if function.name.startswith(self.prefix)}
        out: dict[str, Function] = {}

        def visit(part: Block) -> None:
            for node in walk(part):
                if isinstance(node, Call) and node.function in own and node.function not in out:
                    visit(own[node.function].body)
                    out[node.function] = own[node.function]

        visit(block)
        return out

    # -- statements ------------------------------------------------------------------------------------------

    def block(self, block: Block) -> Block:
        """A block, cut off behind what always ends it."""
        out: list[Stmt] = []
        for statement in block:
            out += self.statement(statement)
            if out and isinstance(out[-1], Return | Trap):
                break
        return tuple(out)

    def statement(self, node: Stmt) -> Iterator[Stmt]:
        """The statements in place of one: none, where it does nothing."""
        value = self.value
        match node:
            case Branch(condition=condition):
                yield from self.branch(node, value(condition))
            case While(condition=condition, body=body):
                yield replace(node, condition=value(condition), body=self.block(body))
            case Evaluate(call=call):
                rewritten = self.call(call)
                if self.function(call.function).body or not idle(*rewritten.args):
                    yield Evaluate(rewritten)
            case Assign(target=target, value=assigned):
                yield Assign(self.target(target), value(assigned))
            case Unpack(call=call):
                yield replace(node, call=self.call(call))
            case Store(address=address, value=stored):
                yield replace(node, address=value(address), value=value(stored))
            case Return(values=values):
                yield Return(tuple(map(value, values)))
            case Trap(args=args):
                yield replace(node, args=tuple(map(value, args)))
            case Execute(bits=bits):
                yield Execute(value(bits))
            case _:
                yield node

    def branch(self, node: Branch, condition: Expr) -> Iterator[Stmt]:
        """A branch, or the side that is taken."""
        then, other = self.block(node.then), self.block(node.other)
        if isinstance(condition, Const):
            yield from then if condition.value else other
        elif then or other or not idle(condition):
            yield Branch(condition, then, other)

    def target(self, target: Local | Register | Indexed) -> Local | Register | Indexed:
        """What is assigned to: the record's component in place of a hidden one."""
        match target:
            case Register(name=name):
                return Register(self.record.get(name, name), target.width)
            case Indexed(index=index):
                return replace(target, index=self.value(index))
            case _:
                return target

    # -- expressions -----------------------------------------------------------------------------------------

    def value(self, node: Expr) -> Expr:
        """An expression."""
        match node:
            case Register(name=name) if name in self.constants:
                return Const(self.constants[name], node.width)
            case Register(name=name):
                return Register(self.record.get(name, name), node.width)
            case Apply(op=op, args=args, parameters=parameters):
                return apply(op, *map(self.value, args), parameters=parameters)
            case If(condition=condition, then=then, other=other):
                return self.chosen(self.value(condition), then, other)
            case Call():
                return self.called(self.call(node))
            case Indexed(index=index):
                return replace(node, index=self.value(index))
            case Load(address=address):
                return replace(node, address=self.value(address))
            case Uninterpreted(args=args):
                return replace(node, args=tuple(map(self.value, args)))
            case _:
                return node

    def chosen(self, condition: Expr, then: Expr, other: Expr) -> Expr:
        """A conditional expression, or the side that is taken."""
        if isinstance(condition, Const):
            return self.value(then if condition.value else other)
        sides = self.value(then), self.value(other)
        return condition if sides == (Const(1, 1), Const(0, 1)) else choose(condition, *sides)

    def call(self, node: Call) -> Call:
        """A call of the rewritten function."""
        args = tuple(arg if isinstance(arg, OperandArgument) else self.value(arg) for arg in node.args)
        return Call(self.function(node.function).name, args, node.width)

    def called(self, node: Call) -> Expr:
        """A call, or the constant that it returns."""
        match self.functions[node.function.removeprefix(self.prefix)].body:
            case (Return(values=(Const() as constant,)),) if idle(*node.args):
                return constant
            case _:
                return node


def idle(*parts: Expr | OperandArgument) -> bool:
    """Whether nothing is lost where these are not evaluated: none of them can trap."""
    wholes = (part for part in parts if not isinstance(part, OperandArgument))
    return not any(isinstance(node, Load | Call | Attribute) for part in wholes for node in walk(part))
