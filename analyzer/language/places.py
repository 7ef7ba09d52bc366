"""Typing of what has a place: names, attributes of operands, registers of files, storage, bits of a value."""

from __future__ import annotations

import ast
from typing import TypeGuard

from analyzer.diagnostics import did_you_mean
from analyzer.language.checker import Checker, Refused
from analyzer.language.declarations import Component
from analyzer.language.ir import Attribute, Expr, Field, Indexed, Load, Local, Next, Register, StorageSize, apply
from analyzer.language.names import BUILTIN_CALLS

MAX_UNITS = 1024


class PlaceChecker(Checker):
    """Types names and subscripts."""

    # -- names -----------------------------------------------------------------------------------------------

    def name(self, node: ast.Name) -> Expr:
        """What a plain name stands for."""
        name, names = node.id, self.names
        names.used.add(name)
        for parameter in names.parameters:
            if parameter.name == name and parameter.operand is None:
                return Local(name, parameter.width)
        if names.operand_class(name) is not None:
            message = f"'{name}' is an operand, not a value"
            raise self.fail(node, "operand-as-value", message, "name one of its attributes")
        if name in names.extra:
            return names.extra[name]
        if name in names.fields:
            return Field(name, names.fields[name])
        if name in names.locals:
            if name not in names.assigned:
                message = f"'{name}' has no value on some path to here"
                raise self.fail(node, "unassigned-local", message, "assign it on every path")
            return Local(name, names.locals[name])
        if name in names.broken:
            raise Refused
        found = self.machine_name(node) if names.bare else None
        if found is None:
            raise self.unknown(node)
        return found

    def machine_name(self, node: ast.Name) -> Expr | None:
        """A component, a prefix group, or a builtin name."""
        name = node.id
        if name in self.scope.components:
            component = self.scope.components[name]
            if component.count is not None:
                raise self.fail(node, "file-as-value", f"'{name}' is a register file", f"index it: {name}[...]")
            return Register(name, component.width)
        if name == "next" and self.scope.pc_width is not None:
            return Next(self.scope.pc_width)
        if name == "storage_size" and self.scope.storage is not None:
            return StorageSize(self.scope.storage.address + 1)
        if name in self.scope.spaces:
            raise self.fail(node, "space-as-value", f"'{name}' is an address space", f"index it: {name}[...]")
        return Field(name, self.scope.prefixes[name]) if name in self.scope.prefixes else None

    def unknown(self, node: ast.Name) -> Refused:
        """Report a name that is no value."""
        name, names = node.id, self.names
        if name in self.scope.signatures or name in self.scope.uninterpreted or name in BUILTIN_CALLS:
            return self.fail(node, "function-as-value", f"'{name}' is a function", f"call it: {name}(...)")
        if names.bare:
            known = [*self.scope.known_names(), *names.fields, *names.extra, *names.locals]
            hint = did_you_mean(name, known, "declare it, or assign it first")
        else:
            dotted = [known for known in (*names.extra, *names.files) if known.endswith(f".{name}")]
            hint = f"did you mean '{dotted[0]}'?" if dotted else did_you_mean(name, names.extra, "see docs/language.md")
        return self.fail(node, "unknown-name", f"'{name}' is not declared", hint)

    def attribute(self, node: ast.Attribute) -> Expr:
        """`m.offset`, or an extra dotted name."""
        dotted = dotted_name(node)
        if dotted is None or not isinstance(node.value, ast.Name):
            raise self.fail(node, "unsupported-syntax", "only operands have attributes", "write operand.attribute")
        if dotted in self.names.extra:
            return self.names.extra[dotted]
        if dotted in self.names.files:
            raise self.fail(node, "file-as-value", f"'{dotted}' is a register file", f"index it: {dotted}[...]")
        name = node.value.id
        self.names.used.add(name)
        operand = self.names.operand_class(name)
        if operand is None:
            hint = did_you_mean(dotted, [*self.names.extra, *self.names.files], "see docs/language.md")
            raise self.fail(node, "unknown-name", f"'{dotted}' is not declared", hint)
        if operand not in self.scope.operands:  # its declaration was refused
            raise Refused
        attributes = self.scope.operands[operand].attributes
        if node.attr not in attributes:
            message = f"operands of class '{operand}' have no attribute '{node.attr}'"
            hint = did_you_mean(node.attr, attributes, f"it has: {', '.join(attributes)}")
            raise self.fail(node, "unknown-attribute", message, hint)
        return Attribute(name, node.attr, attributes[node.attr])

    # -- subscripts ------------------------------------------------------------------------------------------

    def subscript(self, node: ast.Subscript) -> Expr:
        """A register of a file, storage, or bits of a value."""
        file = self.file(node.value)
        if file is not None:
            return self.register_of_file(node, *file)
        if self.is_space(node.value):
            space = node.value.id
            self.names.used.add(space)
            address, units = self.address(node, space)
            return Load(space, address, units, self.scope.spaces[space].unit * units)
        value = self.expression(node.value)
        return apply("extract", value, parameters=self.bounds(node, value.width))

    def file(self, node: ast.expr) -> tuple[str, Component] | None:
        """The register file that `node` names, with its name as written."""
        dotted = dotted_name(node)
        if dotted is not None and dotted in self.names.files:
            return dotted, self.names.files[dotted]
        component = self.scope.components.get(node.id) if isinstance(node, ast.Name) and self.names.bare else None
        if component is None or component.count is None:
            return None
        self.names.used.add(component.name)
        return component.name, component

    def is_space(self, node: ast.expr) -> TypeGuard[ast.Name]:
        """Whether `node` names an address space."""
        return isinstance(node, ast.Name) and self.names.bare and node.id in self.scope.spaces

    def register_of_file(self, node: ast.Subscript, name: str, component: Component) -> Indexed:
        """`ac[i]`."""
        if isinstance(node.slice, ast.Slice | ast.Tuple):
            hint = f"select a register first: {name}[i][...]"
            raise self.fail(node, "file-slice", f"'{name}' is a register file", hint)
        return Indexed(name, self.expression(node.slice, component.index_width), component.width)

    def address(self, node: ast.Subscript, space: str) -> tuple[Expr, int]:
        """The address and number of units of `mem[a]` or `mem[a, n]`."""
        where, units = node.slice, 1
        if isinstance(where, ast.Tuple) and len(where.elts) == 2:
            count = self.constant(where.elts[1])
            if count is None or not 1 <= count <= MAX_UNITS:
                message = f"the number of units must be a constant from 1 to {MAX_UNITS}"
                raise self.fail(node, "bad-unit-count", message, "mem[a, 4]")
            where, units = where.elts[0], count
        elif isinstance(where, ast.Slice | ast.Tuple):
            hint = f"{space}[a] or {space}[a, n]"
            raise self.fail(node, "bad-address", "storage is indexed by an address", hint)
        return self.expression(where, self.scope.spaces[space].address), units

    def bounds(self, node: ast.Subscript, width: int) -> tuple[int, int]:
        """High and low bit (0 the least significant) of a slice, in the machine's bit order."""
        first, last = (self.bound(node, bound) for bound in self.written_bounds(node))
        msb0 = self.scope.bit_order == "msb0"
        high, low = (width - 1 - first, width - 1 - last) if msb0 else (first, last)
        if not 0 <= low <= high < width:
            order = "[first:last], bit 0 the leftmost" if msb0 else "[high:low], bit 0 the rightmost"
            message = f"bits {first}:{last} of a value of {width} bits"
            raise self.fail(node, "bad-slice", message, f"slices read {order}")
        return high, low

    def written_bounds(self, node: ast.Subscript) -> tuple[ast.expr, ast.expr]:
        """Both bounds of a slice; a single bit is both."""
        match node.slice:
            case ast.Slice(lower=ast.expr() as lower, upper=ast.expr() as upper, step=None):
                return lower, upper
            case ast.Slice():
                raise self.fail(node, "bad-slice", "both bounds of a slice are needed", "x[7:0]")
            case ast.Tuple():
                raise self.fail(node, "bad-slice", "bits are selected with [high:low]", "x[7:0]")
            case bit:
                return bit, bit

    def bound(self, node: ast.Subscript, written: ast.expr) -> int:
        """The value of a bound."""
        value = self.constant(written)
        self.touch(written)
        if value is None:
            hint = "shift the value instead: (x >> n)[0]"
            raise self.fail(node, "bad-slice", "the bounds of a slice must be constant", hint)
        return value


def dotted_name(node: ast.expr) -> str | None:
    """`real.iopl` as text, if `node` is such a name."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None
