"""Execution of an instruction on symbolic values, its fields, its address and the context being constants."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from analyzer.language.declarations import Body, Function
from analyzer.language.ir import (
    Again,
    Apply,
    Assign,
    Attribute,
    Block,
    Branch,
    Call,
    CaseField,
    Commit,
    Const,
    Evaluate,
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
    Stmt,
    StorageSize,
    Store,
    Undefined,
    Uninterpreted,
    Unpack,
    While,
)
from analyzer.simulator.regions.context import LARGEST_FILE, Key
from analyzer.simulator.regions.paths import Bail, Fork, Frame, Over, Path, Paths, Results, returns
from analyzer.simulator.regions.setting import Setting
from analyzer.simulator.regions.values import Node, Values
from analyzer.simulator.runtime import DEFAULT

MOST_STEPS = 3000  # statements of one instruction, those of called functions counted


class Specializer(Paths):
    """Executes one instruction at `here` on one path; `following` is where the next one is."""

    def __init__(
        self, values: Values, setting: Setting, here: int, path: Path, decisions: Mapping[int, bool] | None = None
    ) -> None:
        super().__init__(values, decisions or {}, path)
        self.setting = setting
        self.machine = setting.machine
        self.here = here
        self.next = here
        self.fields: Mapping[str, int] = {}
        self.body = Body({}, {}, Const(0, 1), ())
        self.scope = ""
        self.steps = 0

    def before(self, key: Key) -> Node:
        """The value of a component that the path did not change."""
        name, index = key
        component = self.machine.components[name]
        if key in self.setting.context:
            return self.v.const(self.setting.context[key], component.width)
        return self.v.node("var", (), key, component.width)

    def following(self) -> Node:
        """The address of the next instruction."""
        return self.v.const(self.next, self.machine.pc.width)

    # -- statements ------------------------------------------------------------------------------------------

    def run(self, block: Block, frame: Frame) -> Results:
        """Execute statements to the end of the function; what it returns."""
        while block:
            statement, block = block[0], block[1:]
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Bail
            match statement:
                case Branch(condition=condition, then=then, other=other):
                    c = self.simplified(self.value(condition, frame))
                    if c.constant is not None:
                        block = (then if c.constant else other) + block
                    elif returns(statement):
                        return self._both(c, then + block, other + block, frame)
                    else:
                        self._both(c, then, other, frame)
                case While(condition=condition, body=body):
                    c = self.simplified(self.value(condition, frame))
                    if c.constant:
                        block = (*body, statement, *block)
                    elif c.constant is None:
                        self.guard(c)
                case Return(values=values):
                    return tuple(self.value(value, frame) for value in values)
                case _:
                    self.statement(statement, frame)
        return ()

    def _both(self, c: Node, then: Block, other: Block, frame: Frame) -> Results:
        return self.branch(c, lambda: self.run(then, frame), lambda: self.run(other, frame), frame)

    def statement(self, node: Stmt, frame: Frame) -> None:
        """A statement that does not decide which statements follow."""
        match node:
            case Assign(target=target, value=value):
                self.assign(target, self.value(value, frame), frame)
            case Unpack(targets=targets, call=call):
                for local, result in zip(targets, self.called(call, frame), strict=True):
                    frame.locals[local.name] = result
            case Evaluate(call=call):
                self.called(call, frame)
            case Store():
                self.store(node, self.value(node.address, frame), self.value(node.value, frame))
            case Commit():
                pass  # a trap is left to the slow path, which begins at the instruction's start
            case Again():
                if self.stack:
                    raise Fork
                self.path.pc, self.path.pc_mixed = self.v.const(self.here, self.machine.pc.width), False
                raise Over
            case _:
                raise Bail

    def assign(self, target: Local | Register | Indexed, value: Node, frame: Frame) -> None:
        """Give a place a new value."""
        if isinstance(target, Local):
            frame.locals[target.name] = value
            return
        name = target.name if isinstance(target, Register) else target.file
        if name in self.setting.closed or name in self.setting.unwritten:
            raise Bail
        if name == self.machine.pc.name:
            self.path.pc, self.path.pc_mixed = value, False
        elif isinstance(target, Register):
            self.path.state[name, -1] = value
        else:
            key = self.register(target, frame)
            if key is None:
                raise Bail
            self.path.state[key] = value

    def register(self, node: Indexed, frame: Frame) -> Key | None:
        """Which register of a file is meant, if that is known and the file is not too large."""
        index = self.value(node.index, frame).constant
        count = self.machine.components[node.file].count or 0
        return None if index is None or count > LARGEST_FILE else (node.file, index)

    # -- expressions -----------------------------------------------------------------------------------------

    def value(self, node: Expr, frame: Frame) -> Node:
        """The value of an expression."""
        match node:
            case Const(value=value, width=width):
                return self.v.const(value, width)
            case Local(name=name):
                return frame.locals[name]
            case Field(name=name, width=width):
                return self.v.const(self.fields[name], width)
            case Register(name=name):
                return self.component((name, -1))
            case Apply(op=op, args=args, parameters=parameters):
                return self.v.apply(op, *[self.value(arg, frame) for arg in args], parameters=parameters)
            case If(condition=condition, then=then, other=other):
                c = self.simplified(self.value(condition, frame))
                if c.constant is not None:
                    return self.value(then if c.constant else other, frame)
                (result,) = self.branch(
                    c, lambda: (self.value(then, frame),), lambda: (self.value(other, frame),), frame
                )
                return result
            case Indexed(width=width):
                key = self.register(node, frame)
                return self.v.poison(width) if key is None else self.component(key)
            case Load(address=address):
                return self.load(node, self.value(address, frame))
            case Call():
                return self.called(node, frame)[0]
            case _:
                return self.rare(node, frame)

    def rare(self, node: Expr, frame: Frame) -> Node:
        """The remaining kinds of expressions."""
        match node:
            case CaseField(name=name, width=width):
                return self.v.const(self.fields[f"{self.scope}.{name}"], width)
            case Attribute(operand=operand, name=name, width=width):
                return self.attribute(frame.operands.get(operand, operand), name, width)
            case Next(width=width):
                return self.v.const(self.next, width)
            case StorageSize(width=width):
                return self.v.const(self.setting.size, width)
            case Undefined(site=site, unpredictable=unpredictable, width=width):
                return self.v.const(DEFAULT.open(site, unpredictable), width)
            case Uninterpreted(args=args, width=width):
                for arg in args:
                    self.value(arg, frame)  # for what it writes
                return self.v.poison(width)
            case _:
                raise TypeError(f"not an expression: {node!r}")

    def component(self, key: Key) -> Node:
        """The current value of a component."""
        name = key[0]
        if name in self.setting.closed:
            raise Bail
        if name == self.machine.pc.name:
            if self.path.pc_mixed:
                raise Bail
            return self.path.pc or self.v.const(self.here, self.machine.pc.width)
        return self.path.state.get(key) or self.before(key)

    def attribute(self, operand: str, name: str, width: int) -> Node:
        """An attribute of an operand, in the case that the instruction's fields say."""
        cases = self.machine.operands[self.body.operands[operand]].cases
        expression = cases[self.fields[f"{operand}.case"]].attributes.get(name, Const(0, width))
        outer, self.scope = self.scope, operand
        try:
            return self.value(expression, Frame())
        finally:
            self.scope = outer

    def called(self, node: Call, frame: Frame) -> Results:
        """The results of a call."""
        function = self.machine.functions[node.function]
        inner = Frame()
        for parameter, arg in zip(function.parameters, node.args, strict=True):
            if isinstance(arg, OperandArgument):
                inner.operands[parameter.name] = frame.operands.get(arg.name, arg.name)
            else:
                inner.locals[parameter.name] = self.value(arg, frame)
        return self.run(function.body, inner)

    def call(self, function: Function, *args: Node) -> Results:
        """The results of a function that takes values only."""
        names = (parameter.name for parameter in function.parameters)
        return self.run(function.body, Frame(dict(zip(names, args, strict=True))))

    # -- storage: in a subclass ------------------------------------------------------------------------------

    @abstractmethod
    def load(self, node: Load, address: Node) -> Node:
        """Units of a space as one value."""

    @abstractmethod
    def store(self, node: Store, address: Node, value: Node) -> None:
        """Write units of a space, when the instruction is complete."""
