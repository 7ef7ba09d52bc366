"""The functions whose names the language reserves: what they take and give, and what translations may touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.diagnostics import Diagnostics, Span
from analyzer.language.check import Scope
from analyzer.language.declarations import Function, Space
from analyzer.language.effects import EffectAnalysis

REQUIRED = {
    "translate": "def translate(address: n, kind: 2) -> n:",
    "undefined_instruction": "def undefined_instruction(): trap(kind)",
}
WITHOUT_PARAMETERS = ("undefined_instruction", "before", "after", "interrupts")
RESERVED_FUNCTIONS = frozenset(("translate", "code", *WITHOUT_PARAMETERS))


@dataclass(slots=True)
class ReservedFunctions:
    """Checks reserved functions once all functions are typed. `root` is the place of the machine as a whole."""

    scope: Scope
    diagnostics: Diagnostics
    root: Span

    def check(self, broken: Iterable[str]) -> None:
        """Report what is missing or wrong; functions in `broken` are reported already."""
        for name, hint in REQUIRED.items():
            if name not in self.scope.signatures and name not in broken:
                self.diagnostics.error(self.root, "missing-function", f"there is no function '{name}'", hint)
        for name in WITHOUT_PARAMETERS:
            function = self.scope.functions.get(name)
            if function is not None and (function.parameters or function.results):
                hint = f"def {name}():"
                self.diagnostics.error(function.span, "bad-signature", f"'{name}' takes and gives nothing", hint)
        self._code()
        for space in self.scope.spaces.values():
            if space.translate is not None and space.translate in self.scope.functions:
                self._translation(self.scope.functions[space.translate], space)

    def _code(self) -> None:
        """`code` gives the program address of an instruction; without it that is the program counter itself."""
        pc = self.scope.pc_width
        program = next((space for space in self.scope.spaces.values() if space.role == "program"), None)
        if pc is None or program is None:
            return
        hint = f"def code(pc_value: {pc}) -> {program.address}:"
        function = self.scope.functions.get("code")
        if function is None:
            if pc != program.address and "code" not in self.scope.signatures:
                message = f"addresses of '{program.name}' are not as wide as 'pc', and there is no function 'code'"
                self.diagnostics.error(self.root, "missing-function", message, hint)
            return
        if [p.width for p in function.parameters] != [pc] or function.results != (program.address,):
            self.diagnostics.error(function.span, "bad-signature", "'code' gives the address of an instruction", hint)
        effects = EffectAnalysis(self.scope.functions, self.scope.operands).block(function.body)
        done = [f"writes '{name}'" for name in sorted(effects.writes | effects.stores)]
        done += [f"reads '{name}'" for name in sorted(effects.loads)]
        done += [f"traps with '{name}'" for name in sorted(effects.traps)]
        done += [f"uses {mark}" for mark in sorted(effects.marks - {"while"})]
        for problem in done:
            hint = "it follows from the program counter and components alone"
            self.diagnostics.error(function.span, "code-effect", f"'code' {problem}", hint)

    def _translation(self, function: Function, space: Space) -> None:
        storage = self.scope.storage
        if storage is None:
            return
        widths = [parameter.width for parameter in function.parameters]
        if widths != [space.address, 2] or function.results != (storage.address,):
            hint = f"def {function.name}(address: {space.address}, kind: 2) -> {storage.address}:"
            message = f"'{function.name}' does not translate addresses of '{space.name}'"
            self.diagnostics.error(function.span, "bad-signature", message, hint)
        for problem in self._effects(function):
            hint = "a translation reads mode and relocation components and storage_size, and writes nothing"
            message = f"the translation '{function.name}' {problem}"
            self.diagnostics.error(function.span, "translation-effect", message, hint)

    def _effects(self, function: Function) -> Iterator[str]:
        effects = EffectAnalysis(self.scope.functions, self.scope.operands).block(function.body)
        for name in sorted(effects.writes | effects.stores):
            yield f"writes '{name}'"
        for name in sorted(effects.loads):
            yield f"reads '{name}'"
        for name in sorted(effects.reads):
            role = self.scope.components[name].role
            if role not in ("mode", "relocation"):
                yield f"reads '{name}', a {role} component"
