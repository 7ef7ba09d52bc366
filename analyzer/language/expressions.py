"""Typing of expressions: from Python's syntax to the IR, widths checked, literals given the width of their context."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analyzer.language.declarations import ACCESS_KINDS, Component, Parameter
from analyzer.language.ir import (
    Attribute,
    Call,
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
    WidthError,
    apply,
    choose,
    walk,
)  # fmt: skip
from analyzer.language.scope import Reporter, Scope, did_you_mean

BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "udiv", ast.Mod: "urem",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "lshr",
}  # fmt: skip
FOLD: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b if b else 0, ast.Mod: lambda a, b: a % b if b else 0,
    ast.LShift: lambda a, b: a << min(b, 4096) if b >= 0 else 0,
}  # fmt: skip
# comparison -> operator, operands swapped, result negated
COMPARISONS: Mapping[type[ast.cmpop], tuple[str, bool, bool]] = {
    ast.Eq: ("eq", False, False), ast.NotEq: ("eq", False, True), ast.Lt: ("ult", False, False),
    ast.LtE: ("ule", False, False), ast.Gt: ("ult", True, False), ast.GtE: ("ule", True, False),
}  # fmt: skip
SIGNED = {"ult": "slt", "ule": "sle"}
SHIFT_CALLS = ("asr", "rol", "ror")
SAME_CALLS = ("sdiv", "srem")
UNARY_CALLS = ("clz", "ctz", "popcount", "parity")
EXTEND_CALLS = ("zext", "sext")
BUILTIN_CALLS = (*SHIFT_CALLS, *SAME_CALLS, *UNARY_CALLS, *EXTEND_CALLS, "cat", "undefined", "unpredictable", "signed")
STATEMENT_CALLS = ("trap", "trap_after", "commit", "again", "execute")
RESERVED = frozenset(
    (*BUILTIN_CALLS, *STATEMENT_CALLS, *ACCESS_KINDS, "next", "storage_size", "range", "if", "else", "and", "or", "not")
)


@dataclass(slots=True)
class Names:
    """What names mean in one text: fields and operands of the instruction, parameters, locals, extra names.

    `assigned` are the locals that have a value on every path so far; `constants` are loop variables.
    `bare` allows components and spaces; a monitor's relation does not see them.
    """

    fields: Mapping[str, int] = field(default_factory=dict)
    operands: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    extra: Mapping[str, Expr] = field(default_factory=dict)
    files: Mapping[str, Component] = field(default_factory=dict)
    bare: bool = True
    site: str = ""
    locals: dict[str, int] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    constants: dict[str, int] = field(default_factory=dict)
    sites: int = 0
    used: set[str] = field(default_factory=set)

    def new_site(self) -> str:
        """A name for the next place that leaves a value open."""
        self.sites += 1
        return f"{self.site}.{self.sites}"

    def fresh(self, width: int) -> Local:
        """A local of the compiler's own."""
        name = f"${len(self.locals)}"
        self.locals[name] = width
        self.assigned.add(name)
        return Local(name, width)

    def operand_class(self, name: str) -> str | None:
        """The class of operand `name`, of the instruction or a parameter."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter.operand
        return self.operands.get(name)


class ExpressionChecker:
    """Types expressions. Every method gives `None` after it has reported an error."""

    def __init__(self, scope: Scope, names: Names, reporter: Reporter) -> None:
        self.scope = scope
        self.names = names
        self.report = reporter

    # -- constants -------------------------------------------------------------------------------------------

    def constant(self, node: ast.expr) -> int | None:
        """The value of a constant expression, or `None` if it is none; reports nothing."""
        match node:
            case ast.Constant(value=int(value)) if not isinstance(value, bool):
                return value
            case ast.Name(id=name):
                if name in self.names.constants:
                    return self.names.constants[name]
                if name in self.scope.constants:
                    return self.scope.constants[name]
                return ACCESS_KINDS.get(name) if name not in self.names.locals else None
            case ast.BinOp(left=left, op=op, right=right) if type(op) in FOLD:
                a, b = self.constant(left), self.constant(right)
                return None if a is None or b is None else FOLD[type(op)](a, b)
            case _:
                return None

    def needs_width(self, node: ast.expr) -> bool:
        """Whether an expression has no width of its own: a literal, or an operation on literals only."""
        match node:
            case ast.UnaryOp(operand=operand):
                return self.needs_width(operand)
            case ast.BinOp(left=left, op=ast.LShift() | ast.RShift()):
                return self.needs_width(left)
            case ast.BinOp(left=left, right=right):
                return self.needs_width(left) and self.needs_width(right)
            case ast.IfExp(body=body, orelse=orelse):
                return self.needs_width(body) and self.needs_width(orelse)
            case _:
                return self.constant(node) is not None

    def literal(self, node: ast.expr, value: int, want: int | None) -> Expr | None:
        """A literal in a context of `want` bits."""
        if want is None:
            return self.fail(
                node, "unknown-width", f"the width of {value} is not known here", "use it beside a value, or zext()"
            )
        if value < 0:
            return self.fail(node, "negative-literal", f"{value} is negative", "write ~x + 1, or the value itself")
        if value >> want:
            return self.fail(
                node, "literal-too-wide", f"{value} does not fit {want} bit{'s' * (want != 1)}",
                f"the largest is {(1 << want) - 1}",
            )  # fmt: skip
        return Const(value, want)

    def fail(self, node: ast.AST, code: str, message: str, hint: str = "") -> None:
        """Report an error."""
        self.report.error(node, code, message, hint)

    # -- expressions -----------------------------------------------------------------------------------------

    def expression(self, node: ast.expr, want: int | None = None) -> Expr | None:
        """Type `node`; where `want` is given the result is that wide, or an error is reported."""
        value = self.constant(node)
        if value is not None:
            self.touch(node)
            return self.literal(node, value, want)
        try:
            out = self.dispatch(node, want)
        except WidthError as error:
            return self.fail(node, "width-mismatch", str(error), "use zext, sext, cat or a slice")
        if out is not None and want is not None and out.width != want:
            return self.fail(
                node, "width-mismatch", f"{out.width} bit{'s' * (out.width != 1)} where {want} are expected",
                "use zext, sext, cat or a slice",
            )  # fmt: skip
        return out

    def touch(self, node: ast.expr) -> None:
        """Note the names used by a constant expression."""
        self.names.used.update(child.id for child in ast.walk(node) if isinstance(child, ast.Name))

    def condition(self, node: ast.expr) -> Expr | None:
        """Type a condition: 1 bit."""
        return self.expression(node, 1)

    def dispatch(self, node: ast.expr, want: int | None) -> Expr | None:
        """Type one node by its kind."""
        match node:
            case ast.Name():
                return self.name(node)
            case ast.BinOp(op=ast.LShift() | ast.RShift()):
                return self.shift(BINARY[type(node.op)], node.left, node.right, want)
            case ast.BinOp() if type(node.op) in BINARY:
                return self.same(BINARY[type(node.op)], node.left, node.right, want)
            case ast.UnaryOp(op=ast.Invert() | ast.USub()):
                operand = self.expression(node.operand, want)
                return operand and apply("not" if isinstance(node.op, ast.Invert) else "neg", operand)
            case ast.UnaryOp(op=ast.Not()):
                operand = self.condition(node.operand)
                return operand and apply("not", operand)
            case ast.BoolOp():
                return self.logical(node)
            case ast.IfExp():
                return self.conditional(node, want)
            case ast.Compare():
                return self.compare(node)
            case ast.Call():
                return self.call(node, want)
            case ast.Subscript():
                return self.subscript(node)
            case ast.Attribute():
                return self.attribute(node)
            case _:
                kind = type(node).__name__
                return self.fail(
                    node, "unsupported-syntax", f"{kind} is not part of the language", "see docs/language.md, Semantics"
                )

    def pair(self, left: ast.expr, right: ast.expr, want: int | None) -> tuple[Expr, Expr] | None:
        """Two operands of one width; a literal takes the width of the other."""
        if want is None and self.needs_width(left) and not self.needs_width(right):
            b = self.expression(right)
            a = b and self.expression(left, b.width)
        else:
            a = self.expression(left, want)
            literal = self.needs_width(right)
            b = a and self.expression(right, a.width if literal or want is not None else None)
            if a is None and not literal:
                self.expression(right)
        if a is None or b is None:
            return None
        if a.width != b.width:
            return self.fail(
                left, "width-mismatch", f"operands of {a.width} and {b.width} bits", "use zext, sext, cat or a slice"
            )
        return a, b

    def same(self, op: str, left: ast.expr, right: ast.expr, want: int | None) -> Expr | None:
        """An operator whose operands and result have one width."""
        both = self.pair(left, right, want)
        return both and apply(op, *both)

    def shift(self, op: str, left: ast.expr, right: ast.expr, want: int | None) -> Expr | None:
        """A shift or rotate: the amount may have any width."""
        a = self.expression(left, want)
        amount = self.constant(right)
        if amount is not None and amount >= 0:
            n: Expr | None = Const(amount, max(1, amount.bit_length()))
            self.touch(right)
        else:
            n = self.expression(right)
        return None if a is None or n is None else apply(op, a, n)

    def logical(self, node: ast.BoolOp) -> Expr | None:
        """`and`, `or`: lazy, of conditions."""
        parts = [self.condition(value) for value in node.values]
        out: Expr | None = None
        for part in reversed(parts):
            if part is None:
                return None
            if out is None:
                out = part
            elif isinstance(node.op, ast.And):
                out = choose(part, out, Const(0, 1))
            else:
                out = choose(part, Const(1, 1), out)
        return out

    def conditional(self, node: ast.IfExp, want: int | None) -> Expr | None:
        """`a if c else b`."""
        condition = self.condition(node.test)
        both = self.pair(node.body, node.orelse, want)
        return None if condition is None or both is None else choose(condition, *both)

    def compare(self, node: ast.Compare) -> Expr | None:
        """Comparisons, chains of them, and membership."""
        operands = [node.left, *node.comparators]
        parts = [
            self.comparison(node, a, op, b) for a, op, b in zip(operands, node.ops, operands[1:], strict=False)
        ]  # fmt: skip
        if any(part is None for part in parts):
            return None
        out: Expr | None = None
        for part in reversed(parts):
            assert part is not None
            out = part if out is None else choose(part, out, Const(0, 1))
        middle = [part for part in parts[1:] if part is not None and _calls(part)]
        if middle and len(parts) > 1:
            return self.fail(node, "call-in-chain", "a function called inside a chain of comparisons", "use a local")
        return out

    def comparison(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Expr | None:
        """One comparison."""
        if isinstance(op, ast.In | ast.NotIn):
            return self.membership(left, right, isinstance(op, ast.NotIn))
        if type(op) not in COMPARISONS:
            return self.fail(node, "unsupported-syntax", "this comparison is not part of the language", "use == or !=")
        name, swap, negate = COMPARISONS[type(op)]
        marked = [_signed(left), _signed(right)]
        if any(marked) and name in SIGNED:
            if not all(marked) and not (self.needs_width(left) or self.needs_width(right)):
                return self.fail(node, "half-signed", "only one side is marked signed", "mark both: signed(a) < signed(b)")
            name = SIGNED[name]
        both = self.pair(_unmark(left), _unmark(right), None)
        if both is None:
            return None
        out = apply(name, *(both[::-1] if swap else both))
        return apply("not", out) if negate else out

    def membership(self, left: ast.expr, right: ast.expr, negate: bool) -> Expr | None:
        """`a in (1, 2, 3)`."""
        if not isinstance(right, ast.Tuple | ast.Set | ast.List):
            return self.fail(right, "unsupported-syntax", "membership needs a tuple of constants", "x in (1, 2, 3)")
        a = self.expression(left)
        if a is None:
            return None
        out: Expr = Const(0, 1)
        for element in reversed(right.elts):
            b = self.expression(element, a.width)
            if b is None:
                return None
            out = choose(apply("eq", a, b), Const(1, 1), out)
        return apply("not", out) if negate else out

    # -- names -----------------------------------------------------------------------------------------------

    def name(self, node: ast.Name) -> Expr | None:
        """What a plain name stands for."""
        name = node.id
        self.names.used.add(name)
        for parameter in self.names.parameters:
            if parameter.name == name:
                if parameter.operand is not None:
                    return self.operand_as_value(node)
                return Local(name, parameter.width)
        if name in self.names.operands:
            return self.operand_as_value(node)
        if name in self.names.extra:
            return self.names.extra[name]
        if name in self.names.fields:
            return Field(name, self.names.fields[name])
        if name in self.names.locals:
            if name not in self.names.assigned:
                return self.fail(
                    node, "unassigned-local", f"'{name}' has no value on some path to here", "assign it on every path"
                )
            return Local(name, self.names.locals[name])
        return self.machine_name(node)

    def operand_as_value(self, node: ast.Name) -> None:
        """An operand where a value is expected."""
        self.fail(node, "operand-as-value", f"'{node.id}' is an operand, not a value", "name one of its attributes")

    def machine_name(self, node: ast.Name) -> Expr | None:
        """A component, or a builtin name."""
        name = node.id
        if self.names.bare:
            if name in self.scope.components:
                component = self.scope.components[name]
                if component.count is not None:
                    return self.fail(node, "file-as-value", f"'{name}' is a register file", f"index it: {name}[...]")
                return Register(name, component.width)
            if name == "next" and self.scope.pc_width is not None:
                return Next(self.scope.pc_width)
            if name == "storage_size" and self.scope.storage is not None:
                return StorageSize(self.scope.storage.address + 1)
            if name in self.scope.spaces:
                return self.fail(node, "space-as-value", f"'{name}' is an address space", f"index it: {name}[...]")
            if name in self.scope.prefixes:
                return Field(name, self.scope.prefixes[name])
        if name in self.scope.signatures or name in self.scope.uninterpreted or name in BUILTIN_CALLS:
            return self.fail(node, "function-as-value", f"'{name}' is a function", f"call it: {name}(...)")
        known = [*self.scope.known_names(), *self.names.fields, *self.names.extra, *self.names.locals]
        return self.fail(
            node, "unknown-name", f"'{name}' is not declared", did_you_mean(name, known, "declare it, or assign it first")
        )

    def dotted(self, node: ast.expr) -> str | None:
        """`real.iopl` as text, if `node` is such a name."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return f"{node.value.id}.{node.attr}"
        return None

    def attribute(self, node: ast.Attribute) -> Expr | None:
        """`m.offset`, or an extra dotted name."""
        dotted = self.dotted(node)
        if dotted is None or not isinstance(node.value, ast.Name):
            return self.fail(node, "unsupported-syntax", "only operands have attributes", "write operand.attribute")
        if dotted in self.names.extra:
            return self.names.extra[dotted]
        if dotted in self.names.files:
            return self.fail(node, "file-as-value", f"'{dotted}' is a register file", f"index it: {dotted}[...]")
        name = node.value.id
        self.names.used.add(name)
        operand = self.names.operand_class(name)
        if operand is None:
            known = [*self.names.extra, *self.names.files]
            return self.fail(
                node, "unknown-name", f"'{dotted}' is not declared", did_you_mean(dotted, known, "see docs/language.md")
            )
        if operand not in self.scope.operands:
            return None
        attributes = self.scope.operands[operand].attributes
        if node.attr not in attributes:
            return self.fail(
                node, "unknown-attribute", f"operands of class '{operand}' have no attribute '{node.attr}'",
                did_you_mean(node.attr, attributes, f"it has: {', '.join(attributes)}"),
            )  # fmt: skip
        return Attribute(name, node.attr, attributes[node.attr])

    # -- subscripts ------------------------------------------------------------------------------------------

    def subscript(self, node: ast.Subscript) -> Expr | None:
        """A register of a file, storage, or bits of a value."""
        base = node.value
        if isinstance(base, ast.Name) and self.names.bare:
            self.names.used.add(base.id)
            component = self.scope.components.get(base.id)
            if component is not None and component.count is not None:
                return self.register_of_file(node, base.id, component)
            if base.id in self.scope.spaces:
                return self.load(node, base.id)
        dotted = self.dotted(base)
        if dotted in self.names.files and dotted is not None:
            return self.register_of_file(node, dotted, self.names.files[dotted])
        value = self.expression(base)
        bounds = value and self.bounds(node, value.width)
        return None if value is None or bounds is None else apply("extract", value, parameters=bounds)

    def register_of_file(self, node: ast.Subscript, name: str, component: Component) -> Expr | None:
        """`ac[i]`."""
        if isinstance(node.slice, ast.Slice | ast.Tuple):
            return self.fail(node, "file-slice", f"'{name}' is a register file", f"select a register first: {name}[i][...]")
        index = self.expression(node.slice, component.index_width)
        return index and Indexed(name, index, component.width)

    def address(self, node: ast.Subscript, space: str) -> tuple[Expr, int] | None:
        """The address and number of units of `mem[a]` or `mem[a, n]`."""
        where, units = node.slice, 1
        if isinstance(where, ast.Tuple) and len(where.elts) == 2:
            count = self.constant(where.elts[1])
            if count is None or not 1 <= count <= 1024:
                return self.fail(node, "bad-unit-count", "the number of units must be a constant from 1 to 1024", "mem[a, 4]")
            where, units = where.elts[0], count
        elif isinstance(where, ast.Slice | ast.Tuple):
            return self.fail(node, "bad-address", "storage is indexed by an address", f"{space}[a] or {space}[a, n]")
        address = self.expression(where, self.scope.spaces[space].address)
        return None if address is None else (address, units)

    def load(self, node: ast.Subscript, space: str) -> Expr | None:
        """`mem[a, n]`."""
        where = self.address(node, space)
        return where and Load(space, where[0], where[1], self.scope.spaces[space].unit * where[1])

    def bounds(self, node: ast.Subscript, width: int) -> tuple[int, int] | None:
        """High and low bit (0 the least significant) of a slice, in the machine's bit order."""
        if isinstance(node.slice, ast.Slice):
            if node.slice.lower is None or node.slice.upper is None or node.slice.step is not None:
                return self.fail(node, "bad-slice", "both bounds of a slice are needed", "x[7:0]")
            first, last = self.constant(node.slice.lower), self.constant(node.slice.upper)
            self.touch(node.slice.lower)
            self.touch(node.slice.upper)
        elif isinstance(node.slice, ast.Tuple):
            return self.fail(node, "bad-slice", "bits are selected with [high:low]", "x[7:0]")
        else:
            first = last = self.constant(node.slice)
            self.touch(node.slice)
        if first is None or last is None:
            return self.fail(node, "bad-slice", "the bounds of a slice must be constant", "shift the value instead: (x >> n)[0]")
        msb0 = self.scope.bit_order == "msb0"
        high, low = (width - 1 - first, width - 1 - last) if msb0 else (first, last)
        if not 0 <= low <= high < width:
            order = "[first:last], bit 0 the leftmost" if msb0 else "[high:low], bit 0 the rightmost"
            return self.fail(node, "bad-slice", f"bits {first}:{last} of a value of {width} bits", f"slices read {order}")
        return high, low

    # -- calls -----------------------------------------------------------------------------------------------

    def call(self, node: ast.Call, want: int | None) -> Expr | None:
        """A builtin, an uninterpreted function or a function that returns one value."""
        if not isinstance(node.func, ast.Name) or node.keywords:
            return self.fail(node, "unsupported-syntax", "only plain functions can be called, by position", "f(a, b)")
        name = node.func.id
        if name in BUILTIN_CALLS:
            return self.builtin(node, name, want)
        if name in STATEMENT_CALLS:
            return self.fail(node, "statement-as-value", f"{name}() is a statement and has no value", "put it on its own line")
        self.names.used.add(name)
        if name in self.scope.uninterpreted:
            return self.uninterpreted(node, name)
        called = self.specification_call(node)
        if called is not None and called.width == 0:
            return self.fail(
                node, "not-one-value", f"{name}() does not return one value", "call it as a statement, or unpack: a, b = f(x)"
            )
        return called

    def arguments(self, node: ast.Call, count: int, usage: str) -> bool:
        """Whether the number of arguments is right."""
        if len(node.args) == count:
            return True
        self.fail(node, "argument-count", f"{count} arguments are expected, {len(node.args)} given", usage)
        return False

    def uninterpreted(self, node: ast.Call, name: str) -> Expr | None:
        """An uninterpreted function of the specification."""
        function = self.scope.uninterpreted[name]
        if not self.arguments(node, len(function.args), f"{name} takes {', '.join(map(str, function.args))} bits"):
            return None
        args = [self.expression(arg, width) for arg, width in zip(node.args, function.args, strict=True)]
        if any(arg is None for arg in args):
            return None
        return Uninterpreted(name, tuple(arg for arg in args if arg is not None), function.result)

    def specification_call(self, node: ast.Call) -> Call | None:
        """A call of a function of the specification, with any number of results."""
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        self.names.used.add(name)
        signature = self.scope.signatures.get(name)
        if signature is None:
            known = [*self.scope.signatures, *self.scope.uninterpreted, *BUILTIN_CALLS, *STATEMENT_CALLS]
            self.fail(node, "unknown-function", f"there is no function '{name}'", did_you_mean(name, known, "define it under functions:"))
            return None
        usage = f"{name}({', '.join(f'{p.name}: {p.operand or p.width}' for p in signature.parameters)})"
        if not self.arguments(node, len(signature.parameters), usage):
            return None
        args = [self.argument(a, p) for a, p in zip(node.args, signature.parameters, strict=True)]
        if any(arg is None for arg in args):
            return None
        width = signature.results[0] if len(signature.results) == 1 else 0
        return Call(name, tuple(arg for arg in args if arg is not None), width)

    def argument(self, node: ast.expr, parameter: Parameter) -> Expr | OperandArgument | None:
        """An argument: a value, or an operand where the parameter is an operand class."""
        if parameter.operand is None:
            return self.expression(node, parameter.width)
        if isinstance(node, ast.Name):
            self.names.used.add(node.id)
            if self.names.operand_class(node.id) == parameter.operand:
                return OperandArgument(node.id)
        return self.fail(node, "not-an-operand", f"an operand of class '{parameter.operand}' is expected", "pass the operand's name")

    def builtin(self, node: ast.Call, name: str, want: int | None) -> Expr | None:
        """The builtin functions, which are operators of the table."""
        if name == "cat":
            parts = [self.expression(arg) for arg in node.args]
            if not parts:
                return self.fail(node, "argument-count", "cat needs at least one argument", "cat(x, y)")
            return None if any(p is None for p in parts) else apply("concat", *(p for p in parts if p is not None))
        if name in ("undefined", "unpredictable"):
            width = self.constant(node.args[0]) if len(node.args) == 1 else None
            if width is None or not 1 <= width <= 4096:
                return self.fail(node, "bad-width", f"{name} takes a constant width", f"{name}(1)")
            return Undefined(self.names.new_site(), name == "unpredictable", width)
        if name in EXTEND_CALLS:
            return self.extend(node, name)
        if name == "signed":
            return self.fail(node, "signed-value", "signed() only marks the sides of a comparison", "signed(a) < signed(b)")
        count = 1 if name in UNARY_CALLS else 2
        if not self.arguments(node, count, f"{name}({'a, b'[: 3 * count - 2]})"):
            return None
        if name in SHIFT_CALLS:
            return self.shift(name, node.args[0], node.args[1], want)
        if name in SAME_CALLS:
            return self.same(name, node.args[0], node.args[1], want)
        operand = self.expression(node.args[0])
        return operand and apply(name, operand)

    def extend(self, node: ast.Call, name: str) -> Expr | None:
        """`zext(x, n)`, `sext(x, n)`."""
        width = self.constant(node.args[1]) if len(node.args) == 2 else None
        if width is None or not 1 <= width <= 4096:
            return self.fail(node, "bad-width", f"{name} takes a value and a constant width", f"{name}(x, 32)")
        if self.needs_width(node.args[0]):
            return self.expression(node.args[0], width)
        operand = self.expression(node.args[0])
        if operand is not None and operand.width > width:
            return self.fail(node, "width-mismatch", f"{operand.width} bits do not fit {width}", "take a slice")
        return operand and apply(name, operand, parameters=(width,))


def _signed(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "signed"


def _unmark(node: ast.expr) -> ast.expr:
    return node.args[0] if _signed(node) and isinstance(node, ast.Call) and len(node.args) == 1 else node


def _calls(node: Expr) -> bool:
    return any(isinstance(child, Call) for child in walk(node))


__all__ = ["RESERVED", "STATEMENT_CALLS", "ExpressionChecker", "If", "Names"]
