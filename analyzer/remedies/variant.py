"""A remedy as a specification that extends the original: written as text, so that it can be checked again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.language.effects import EffectAnalysis
from analyzer.language.ir import Assign, Expr, Local, Stmt, Unpack, walk
from analyzer.spec.load import varied
from analyzer.spec.model import Isa, Mode, Monitor
from analyzer.spec.written import Tree, written

ORIGINAL = "original()\n"
LOOP = re.compile(r"\bfor\s+(\w+)\s+in\b")  # its variable is in no IR: loops over constants are unrolled


@dataclass(frozen=True, slots=True)
class Variant:
    """A machine that extends another: its `name`, its specification as YAML, and each instruction that it amends with
    the text that does."""

    name: str
    text: str
    amended: Mapping[str, str]

    def load(self, base: Isa) -> Isa:
        """The machine itself. Raises `SpecError` if `base` does not come from a file `machine.yaml`."""
        return varied(base, self.text)


def variant(base: Isa, suffix: str, title: str, description: str, tree: Tree) -> Variant:
    """The variant of `base` whose specification has the keys of `tree` besides its head."""
    name = f"{base.name}-{suffix}"
    head = {"isa": name, "title": f"{base.title}, {title}", "description": description, "extends": base.name}
    text = written({**head, **{key: value for key, value in tree.items() if value}})
    return Variant(name, text, tree["amend"])


# -- what several variants need --------------------------------------------------------------------------------------


def fresh(base: Isa, name: str) -> str:
    """`name`, or the like, that the machine does not use."""
    known = names(base)
    while name in known:
        name += "_"
    return name


def prefix(base: Isa, text: str) -> str:
    """`text`, or the like, with which no name of the machine begins."""
    known = names(base)
    while any(name.startswith(text) for name in known):
        text += "_"
    return text


def names(base: Isa) -> set[str]:
    """What the semantics of a machine can name, their own variables among it: these may not become components."""
    machine = base.machine
    tables = (
        machine.components, machine.spaces, machine.functions, machine.uninterpreted, machine.constants, machine.traps,
        machine.operands, machine.prefixes, base.modes,
    )  # fmt: skip
    blocks = [function.body for function in machine.functions.values()]
    blocks += [kind.deliver for kind in machine.traps.values() if kind.deliver is not None]
    blocks += [row.body.semantics for row in base.instructions]
    variables = {node.name for block in blocks for node in walk(block) if isinstance(node, Local)}
    variables |= {target.name for block in blocks for node in walk(block) for target in targets(node)}
    variables |= {name for text in base.sources_text.values() for name in LOOP.findall(text)}
    variables |= {parameter.name for function in machine.functions.values() for parameter in function.parameters}
    operands = (case.fields for each in machine.operands.values() for case in each.cases)
    return variables.union(*tables, *operands, *((*row.body.fields, *row.body.operands) for row in base.instructions))


def targets(node: Expr | Stmt) -> tuple[Local, ...]:
    """The variables that a statement assigns."""
    if isinstance(node, Unpack):
        return node.targets
    return (node.target,) if isinstance(node, Assign) and isinstance(node.target, Local) else ()


def running_guests(base: Isa, monitor: Monitor) -> str:
    """The condition that a state is in a real mode in which the monitor runs guests, in the language. Of each of these
    modes it names what tells it from the others, and no more."""
    guests = {base.modes[real].name: base.modes[real] for real in monitor.modes.values()}
    others = [mode for mode in base.modes.values() if mode.name not in guests]
    told = tuple(dict.fromkeys(_told(mode, others) for mode in guests.values()))
    return " or ".join(f"({each})" if " and " in each and len(told) > 1 else each for each in told)


def _told(mode: Mode, others: Iterable[Mode]) -> str:
    """The condition that tells a mode from others, of which there is at least one of the supervisor's."""
    needed = dict(mode.when)
    for name in mode.when:
        rest = {c: value for c, value in needed.items() if c != name}
        if rest and not any(all(other.when[c] == value for c, value in rest.items()) for other in others):
            needed = rest
    return " and ".join(f"{name} == {value}" for name, value in needed.items())


def refusal(base: Isa) -> tuple[str, Tree]:
    """The statement that refuses an instruction to a program that is not privileged; and the kind of trap to declare
    for it, if the machine has none. Of several kinds, the one that the most instructions use."""
    kinds = [kind for kind in base.machine.traps.values() if kind.trap_class == "privileged" and kind.deliver]
    if not kinds:
        name = fresh(base, "refused")
        return f"trap({name})", {name: {"class": "privileged", "description": "This mode may not do this."}}
    effects = EffectAnalysis(base.machine.functions, base.machine.operands)
    used = [effects.block(row.body.semantics, row.body.operands).traps for row in base.instructions]
    best = max(kinds, key=lambda kind: sum(kind.name in traps for traps in used))
    return f"trap({', '.join((best.name, *('0' for _ in best.args)))})", {}


def under(condition: str, *statements: str) -> str:
    """Statements under a condition."""
    return f"if {condition}:\n" + "".join(f"    {line}\n" for text in statements for line in text.splitlines())


def amendments(base: Isa, names: Iterable[str], texts: Mapping[str, str] | str) -> Tree:
    """For each instruction, in the order of the specification, a text before its own semantics."""
    wanted = set(names)
    rows = [row.name for row in base.instructions if row.name in wanted]
    return {name: (texts if isinstance(texts, str) else texts[name]) + ORIGINAL for name in rows}
