"""Statements as Python source: the body of one function or instruction."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.language.ir import (
    Again,
    Assign,
    Block,
    Branch,
    Commit,
    Evaluate,
    Execute,
    Indexed,
    Local,
    Register,
    Return,
    Stmt,
    Store,
    Trap,
    TrapAfter,
    Unpack,
    While,
)
from analyzer.simulator.expressions import ExpressionWriter, listed
from analyzer.simulator.frame import Frame, Functions
from analyzer.simulator.operations import Code, made, variable


class StatementWriter(ExpressionWriter):
    """Writes statements: `lines`, which read the variables `names`."""

    def __init__(self, functions: Functions) -> None:
        super().__init__(functions)
        self.lines: list[str] = []
        self.names: set[str] = set()
        self.indent = 1

    def line(self, text: str, *read: Code, names: Sequence[str] = ()) -> None:
        """One line of source."""
        self.lines.append(" " * self.indent + text)
        self.names.update(names, *(code.names for code in read))

    def block(self, block: Block, frame: Frame) -> None:
        """Statements in order."""
        for statement in block:
            self.statement(statement, frame)

    def nested(self, head: str, block: Block, frame: Frame) -> None:
        """A block under a head."""
        self.line(head)
        self.indent += 1
        before = len(self.lines)
        self.block(block, frame)
        if len(self.lines) == before:
            self.line("pass")
        self.indent -= 1

    def statement(self, node: Stmt, frame: Frame) -> None:
        """One statement."""
        match node:
            case Assign(target=target, value=value):
                self.assign(target, self.value(value, frame), frame)
            case Branch():
                self.branch(node, frame)
            case Store(address=address, value=value):
                self.store(node, self.value(address, frame), self.value(value, frame))
            case Evaluate(call=call):
                code = self.called(*self.activation(call, frame))
                self.line(code.text, code)
            case Unpack(targets=targets, call=call):
                code = self.called(*self.activation(call, frame))
                self.line(f"{', '.join(self.local(target, frame).text for target in targets)} = {code.text}", code)
            case Return(values=values):
                self.returned([self.value(value, frame) for value in values], frame)
            case Trap(kind=kind, args=args):
                carried = [self.value(arg, frame) for arg in args]
                self.line(f"raise Trapped({kind!r}, {listed(carried)})", *carried)
            case While():
                self.loop(node, frame)
            case _:
                self.mark(node, frame)

    def mark(self, node: Stmt, frame: Frame) -> None:
        """The statements that say how the instruction goes on."""
        match node:
            case TrapAfter(kind=kind):
                self.line(f"c.trap_after({kind!r})")
            case Commit():
                self.line("c.commit()")
            case Again():
                self.line("c.pc_written = True")
                self.line(f"r[{self.machine.pc.name!r}] = c.here", names=("r",))
                self.end(frame)
            case Execute(bits=bits):
                code = self.value(bits, frame)
                self.line(f"c.bits = {code.text}", code)
                self.line(f"c.width = {bits.width}")
                self.line("c.continues = True")
                self.end(frame)
            case _:
                raise TypeError(f"not a statement: {node!r}")

    def end(self, frame: Frame) -> None:
        """The instruction is over."""
        self.line("return" if frame.top else "raise Ended")

    def branch(self, node: Branch, frame: Frame, word: str = "if") -> None:
        """`if`, `elif`, `else`."""
        test = self.condition(node.condition, frame)
        if test.constant is not None:
            taken = node.then if test.constant else node.other
            if word == "if":
                self.block(taken, frame)
            elif taken:
                self.nested("else:", taken, frame)
            return
        self.names |= test.names
        self.nested(f"{word} {test.text}:", node.then, frame)
        if len(node.other) == 1 and isinstance(node.other[0], Branch):
            self.branch(node.other[0], frame, "elif")
        elif node.other:
            self.nested("else:", node.other, frame)

    def loop(self, node: While, frame: Frame) -> None:
        """A `while`, bounded by the limit."""
        test = self.condition(node.condition, frame)
        self.line("for _ in range(c.limit):", test)
        self.indent += 1
        self.line(f"if not {test.text}:")
        self.line(" break")
        self.block(node.body, frame)
        self.indent -= 1
        self.line("else:")
        self.line(f" raise DoesNotEnd({node.site!r})")

    def returned(self, values: Sequence[Code], frame: Frame) -> None:
        """`return`, with as many values as the function gives."""
        if len(values) == 1:
            self.line(f"return {values[0].text}", *values)
        else:
            self.line(f"return {listed(values)}" if values else "return", *values)

    def local(self, target: Local, frame: Frame) -> Code:
        """The variable for a local."""
        if target.name not in frame.locals:
            frame.locals[target.name] = variable(self.functions.fresh("v", target.name), target.width)
        return frame.locals[target.name]

    def assign(self, target: Local | Register | Indexed, value: Code, frame: Frame) -> None:
        """Give a place a new value."""
        match target:
            case Local():
                self.line(f"{self.local(target, frame).text} = {value.text}", value)
            case Register(name=name):
                self.write("r", made(repr(name), 0, ()), value)
                if name == self.machine.pc.name:
                    self.line("c.pc_written = True")
            case Indexed(file=name, index=index):
                self.write(self.functions.file(name), self.value(index, frame), value)

    def write(self, container: str, at: Code, value: Code) -> None:
        """Give an item of a mapping a new value, and note the old one if the functions keep a log."""
        if not self.functions.logging:
            self.line(f"{container}[{at.text}] = {value.text}", value, at, names=(container,))
            return
        new, key = self.functions.fresh("n", ""), self.functions.fresh("k", "")
        self.line(f"{new} = {value.text}", value)
        self.line(f"{key} = {at.text}", at)
        self.line(f"u.append(({container}, {key}, {container}.get({key}, 0)))", names=("u", container))
        self.line(f"{container}[{key}] = {new}")

    def store(self, node: Store, address: Code, value: Code) -> None:
        """Write units of a space."""
        access = self.functions.access(node)
        self.line(f"{access}(c, {address.text}, {value.text})", address, value)
