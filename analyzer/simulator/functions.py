"""The Python functions generated for one machine: which there are, and the source of those not yet executed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.language.declarations import ACCESS_KINDS, Body, Function, Machine, Space, TrapKind
from analyzer.language.ir import (
    Assign,
    Attribute,
    Call,
    CaseField,
    Expr,
    Load,
    Local,
    OperandArgument,
    Stmt,
    Store,
    Unpack,
    walk,
)
from analyzer.language.operators import mask
from analyzer.simulator.frame import Frame, Operands, sanitized
from analyzer.simulator.operations import Code, made, number, variable
from analyzer.simulator.statements import StatementWriter

Bindings = Mapping[str, str]
CONTEXT: Mapping[str, str] = {"r": "c.registers", "g": "c.get", "s": "c.storage", "f": "c.fields", "u": "c.log"}
SPECIALIZED_WIDTH = 3  # of parameters for whose constant arguments a function is compiled anew


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a function: the locals it assigns; `loose`: it depends on operands that are not its parameters."""

    function: Function
    assigned: frozenset[str]
    loose: bool


class Library:
    """Generates functions on demand. `take` gives the source of what is new.

    With `logging`, what they write is noted before in the context's `log`: the mapping, the key and the old value.
    """

    def __init__(self, machine: Machine, *, logging: bool = False) -> None:
        self.machine = machine
        self.logging = logging
        self.pending: list[str] = []
        self.known: dict[object, str] = {}
        self.variables: dict[str, str] = dict(CONTEXT)
        self.files: dict[str, str] = {}
        self.count = 0
        self.known_facts: dict[int, Facts] = {}

    def take(self) -> str:
        """The source of the functions generated since the last time."""
        source = "\n".join(self.pending)
        self.pending.clear()
        return source

    def fresh(self, prefix: str, name: str) -> str:
        """A Python name that nothing else has."""
        self.count += 1
        return f"{prefix}{self.count}_{sanitized(name)}"

    def file(self, name: str) -> str:
        """The variable for a register file."""
        if name not in self.files:
            self.files[name] = self.fresh("x", name)
            self.variables[self.files[name]] = f"c.files[{name!r}]"
        return self.files[name]

    # -- entries ---------------------------------------------------------------------------------------------

    def delivery(self, kind: TrapKind) -> str:
        """The function that runs the trap sequence of a kind of trap, whose values are its parameters."""
        locals_ = {name: variable(self.fresh("v", name), width) for name, width in kind.args.items()}
        writer = StatementWriter(self)
        writer.block(kind.deliver or (), Frame(locals=dict(locals_), top=True))
        return self.defined(self.fresh("deliver", kind.name), [local.text for local in locals_.values()], writer)

    def body(self, body: Body, operands: Operands) -> str:
        """The function that executes an instruction whose operands take these cases."""
        writer = StatementWriter(self)
        writer.block(body.semantics, Frame(operands, top=True))
        return self.defined(self.fresh("body", ""), (), writer)

    def length(self, body: Body, operands: Operands) -> int | str:
        """The length of an instruction, or the function that gives it."""
        code = StatementWriter(self).value(body.length, Frame(operands))
        return self.returning("length", code) if code.constant is None else code.constant

    def expression(self, expression: Expr) -> str:
        """The function that evaluates an expression."""
        return self.returning("value", StatementWriter(self).value(expression, Frame()))

    def whole_function(self, function: Function) -> str:
        """The function for a function of the specification that takes values only."""
        own = self.machine.functions.get(function.name) is function
        return self.function(function, {}, {}, Frame()) if own else self.written(function, {}, {}, Frame())

    def translation(self, space: str, kind: int) -> str:
        """The function that translates addresses of a space for one kind of access."""
        address = variable("a", self.machine.spaces[space].address)
        return self.returning("translated", self.place(self.machine.spaces[space], address, kind), ("a",))

    # -- functions of the specification ----------------------------------------------------------------------

    def function(self, function: Function, bound: Bindings, constants: Mapping[str, int], frame: Frame) -> str:
        """The name of the Python function for a function with operands bound and some parameters known."""
        named = {operand.name: operand for operand in frame.operands}
        operands = tuple((name, named.get(operand)) for name, operand in bound.items())
        context = (frame.operands, frame.scope) if self.is_loose(function) else ()
        key = (function.name, operands, tuple(constants.items()), context)
        if key not in self.known:
            self.known[key] = self.written(function, bound, constants, frame)
        return self.known[key]

    def written(self, function: Function, bound: Bindings, constants: Mapping[str, int], frame: Frame) -> str:
        """The same, generated now."""
        inner = Frame(frame.operands, {}, dict(bound), frame.scope)
        parameters = []
        for parameter in function.parameters:
            if parameter.name in constants:
                inner.locals[parameter.name] = number(constants[parameter.name])
            elif parameter.name not in bound:
                local = variable(self.fresh("v", parameter.name), parameter.width)
                inner.locals[parameter.name] = local
                parameters.append(local.text)
        writer = StatementWriter(self)
        writer.block(function.body, inner)
        return self.defined(self.fresh("fn", function.name), parameters, writer)

    def constants(self, function: Function, given: Mapping[str, Code]) -> dict[str, int]:
        """Which arguments a function is specialized for: constants, where few are possible."""
        narrow = {p.name for p in function.parameters if 0 < p.width <= SPECIALIZED_WIDTH}
        narrow -= self.facts(function).assigned
        return {name: code.constant for name, code in given.items() if name in narrow and code.constant is not None}

    def is_loose(self, function: Function) -> bool:
        """Whether a function, or one that it calls, depends on the operands of the instruction other than by its
        parameters."""
        return self.facts(function).loose

    def facts(self, function: Function) -> Facts:
        """What is known of a function's body."""
        known = self.known_facts.get(id(function))
        if known is None:
            nodes = tuple(walk(function.body))
            callees = {node.function for node in nodes if isinstance(node, Call)}
            loose = any(names_operand(node, function) for node in nodes)
            loose = loose or any(self.is_loose(self.machine.functions[name]) for name in callees)
            known = self.known_facts[id(function)] = Facts(function, frozenset(assigned(nodes)), loose)
        return known

    # -- storage ---------------------------------------------------------------------------------------------

    def place(self, space: Space, address: Code, kind: int) -> Code:
        """The real address of an address of a space."""
        if space.role == "storage":
            return address
        function = self.machine.functions[space.translate or "translate"]
        args = (address, number(kind))
        given = {parameter.name: arg for parameter, arg in zip(function.parameters, args, strict=True)}
        return StatementWriter(self).called(function, Frame(locals=given))

    def access(self, node: Load | Store) -> str:
        """The name of the Python function that reads or writes so many units of a space."""
        key = (type(node), node.space, node.units)
        if key not in self.known:
            self.known[key] = self.reader(node) if isinstance(node, Load) else self.writer(node)
        return self.known[key]

    def translating(self, node: Load | Store) -> tuple[StatementWriter, list[Code]]:
        """The translation of all units of `a`, and their real addresses."""
        space, writer = self.machine.spaces[node.space], StatementWriter(self)
        kind = ACCESS_KINDS["read" if isinstance(node, Load) else "write"]
        places = [variable(f"p{i}", self.machine.storage.address) for i in range(node.units)]
        for place, address in zip(places, addresses(space, node.units), strict=True):
            code = self.place(space, address, kind)
            writer.line(f"{place.text} = {code.text}", code)
        return writer, places

    def reader(self, node: Load) -> str:
        """A function that gives units from address `a` on as one value."""
        space = self.machine.spaces[node.space]
        writer, places = self.translating(node)
        units = [made(f"g({place.text}, 0)", mask(space.unit), (place,), ("g",)) for place in places]
        shifts = [space.unit * i for i in range(node.units)]
        pieces = zip(units, reversed(shifts) if space.order == "big" else shifts, strict=True)
        writer.line(f"return {' | '.join(f'{unit.text} << {shift}' for unit, shift in pieces)}", *units)
        return self.defined(self.fresh("load", node.space), ("a",), writer)

    def writer(self, node: Store) -> str:
        """A function that writes the value `b` to units from address `a` on, once all are translated."""
        space = self.machine.spaces[node.space]
        writer, places = self.translating(node)
        for count, place in enumerate(reversed(places) if space.order == "big" else places):
            unit = made(f"b >> {space.unit * count} & {mask(space.unit):#x}", mask(space.unit), ())
            writer.write("s", place, unit)
        return self.defined(self.fresh("store", node.space), ("a", "b"), writer)

    # -- source ----------------------------------------------------------------------------------------------

    def returning(self, prefix: str, code: Code, parameters: Sequence[str] = ()) -> str:
        """A new function that gives the value of `code`."""
        writer = StatementWriter(self)
        writer.line(f"return {code.text}", code)
        return self.defined(self.fresh(prefix, ""), parameters, writer)

    def outlined(self, code: Code) -> Code:
        """A call of a new function that gives the value of `code`, which is deeply nested."""
        locals_ = sorted(name for name in code.names if name not in self.variables)
        name = self.returning("part", code, locals_)
        text = f"{name}({', '.join(('c', *locals_))})"
        return Code(text, code.most, 1, frozenset(locals_), code.pure)

    def defined(self, name: str, parameters: Sequence[str], writer: StatementWriter) -> str:
        """Queue a function: what it reads of the context comes first."""
        head = [f"def {name}({', '.join(('c', *parameters))}):"]
        used = sorted(name for name in writer.names if name in self.variables)
        head += [f" {variable} = {self.variables[variable]}" for variable in used]
        self.pending.append("\n".join((*head, *(writer.lines or [" pass"]), "")))
        return name


def names_operand(node: Expr | Stmt, function: Function) -> bool:
    """Whether a node depends on an operand, or the case of one, that is no parameter of the function."""
    own = {parameter.name for parameter in function.parameters}
    match node:
        case CaseField():
            return True
        case Attribute(operand=operand):
            return operand not in own
        case Call(args=args):
            return any(isinstance(arg, OperandArgument) and arg.name not in own for arg in args)
        case _:
            return False


def assigned(nodes: Iterable[Expr | Stmt]) -> Iterator[str]:
    """The locals that statements give a value."""
    for node in nodes:
        if isinstance(node, Assign) and isinstance(node.target, Local):
            yield node.target.name
        elif isinstance(node, Unpack):
            yield from (target.name for target in node.targets)


def addresses(space: Space, units: int) -> Iterator[Code]:
    """The addresses of consecutive units from `a` on; high bits stay where the space wraps."""
    bits, first = space.wrap or space.address, variable("a", space.address)
    yield first
    for i in range(1, units):
        text = f"a + {i} & {mask(bits):#x}"
        text = f"a >> {bits} << {bits} | ({text})" if bits < space.address else text
        yield made(f"({text})", mask(space.address), (first,))
