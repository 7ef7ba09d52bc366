"""What a trap condition may be made of: conditions on the operand fields and components that an instruction reads.

They come from the instruction's own formula: every condition in it that is a short expression over operand fields and
components, and every value of those that are at most two bits wide, and of what the monitor's relation speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzer.language.ir import Apply, Const, Expr, Field, If, Indexed, Register, WidthError, apply, choose, walk
from analyzer.properties.question import mentions
from analyzer.properties.subject import Subject
from analyzer.symbolic.terms import Term, postorder

NARROW = 2  # bits of what is compared with each of its values
LONGEST = 9  # nodes of a condition that one can read at a glance
RANK = {"field": 4, "control": 3, "mode": 2}  # how late a literal is given up: what the hardware decodes, last

Cube = tuple[Expr, ...]
TRUE, FALSE = Const(1, 1), Const(0, 1)


def atoms(subject: Subject) -> tuple[Expr, ...]:
    """Conditions of one bit over fields and components, for a subject's instruction; none is another one's negation."""
    found = dict.fromkeys((*_compared(subject), *_tested(subject)))
    kept: dict[Expr, None] = {}
    for condition in found:
        if negation(condition) not in kept:
            kept[condition] = None
    return tuple(sorted(kept, key=lambda atom: _rank(subject, atom)))


def negation(condition: Expr) -> Expr:
    """The opposite, as one would write it."""
    match condition:
        case Apply(op="not", args=(inner,)):
            return inner
        case Apply(op="eq", args=(left, Const(value=value, width=1))):
            return Apply("eq", (left, Const(1 - value, 1)), (), 1)
        case Apply(op="ult" | "ule" as op, args=(left, right)):
            return apply("ule" if op == "ult" else "ult", right, left)
        case _:
            return apply("not", condition)


def reads(condition: Expr) -> set[str]:
    """The components that a condition reads."""
    nodes = list(walk(condition))
    return {n.name for n in nodes if isinstance(n, Register)} | {n.file for n in nodes if isinstance(n, Indexed)}


def conjunction(cube: Cube) -> Expr:
    """All of the literals, those that are given up last first."""
    out: Expr = TRUE
    for literal in cube:
        out = literal if out == TRUE else choose(literal, out, FALSE)
    return out


def disjunction(cubes: Sequence[Cube]) -> Expr:
    """One of the cubes; of none, false."""
    out: Expr = FALSE
    for cube in reversed(cubes):
        condition = conjunction(cube)
        out = condition if out == FALSE or condition == TRUE else choose(condition, TRUE, out)
    return TRUE if () in cubes else out


def _rank(subject: Subject, atom: Expr) -> int:
    """The literals that are given up last speak of fields only."""
    roles = {_kind(subject, node) for node in walk(atom)} - {""}
    return min((RANK.get(role, 1) for role in roles), default=0)


def _kind(subject: Subject, node: object) -> str:
    match node:
        case Field():
            return "field"
        case Register(name=name) | Indexed(file=name):
            return subject.machine.components[name].role
        case _:
            return ""


def _fields(subject: Subject) -> dict[str, int]:
    """The fields that semantics can name, with their widths: not those of an operand's cases."""
    return {name: width for name, width in subject.body.fields.items() if "." not in name}


def _compared(subject: Subject) -> Iterator[Expr]:
    """Narrow fields, and components that the instruction or the monitor's relation reads, with each of their values."""
    known = subject.effects.reads.union(*map(mentions, subject.monitor.relation))
    narrow: list[Expr] = [Field(name, width) for name, width in _fields(subject).items() if width <= NARROW]
    for component in subject.machine.components.values():
        if component.name in known and component.count is None and component.width <= NARROW:
            narrow.append(Register(component.name, component.width))
    for place in narrow:
        for value in range(1, 2) if place.width == 1 else range(1 << place.width):
            yield Apply("eq", (place, Const(value, place.width)), (), 1)


def _tested(subject: Subject) -> Iterator[Expr]:
    """The conditions in the instruction's formula, without those of the translation."""
    t, summary = subject.terms, subject.summary("abstract")
    roots = (summary.completes, *summary.final.values(), *summary.results.values())
    done: dict[int, None] = {}
    names = {**dict.fromkeys(_fields(subject), True), **dict.fromkeys(subject.machine.components, False)}
    for root in roots:
        for node in list(postorder(root, done)):
            done[node.key] = None
            for condition in _conditions(node):
                expression = _expression(condition, names) if condition is not t.true else None
                if expression is not None and sum(1 for _ in walk(expression)) <= LONGEST:
                    yield expression


def _conditions(node: Term) -> tuple[Term, ...]:
    """What a choice, or a connective of conditions, rests on, unless that is a connective itself."""
    if node.kind == "ite":
        args = node.args[:1]
    elif node.kind == "op" and node.name in ("and", "or", "not") and node.width == 1:
        args = node.args
    else:
        return ()
    return tuple(arg for arg in args if arg.width == 1 and (arg.kind, arg.name) not in CONNECTIVES)


CONNECTIVES = {("op", "and"), ("op", "or"), ("op", "not"), ("ite", ""), ("const", "")}


def _expression(term: Term, names: Mapping[str, bool]) -> Expr | None:
    """A condition in the language, over fields (`names` says which are) and components; `None` if it is none."""
    out = _translated(term, names)
    if out is None or not any(isinstance(node, Field | Register | Indexed) for node in walk(out)):
        return None
    plain = isinstance(out, Register | Field | Indexed) or (isinstance(out, Apply) and out.op == "extract")
    return Apply("eq", (out, Const(1, 1)), (), 1) if plain else out


def _translated(term: Term, names: Mapping[str, bool]) -> Expr | None:
    if term.kind == "const":
        return Const(term.value, term.width)
    if term.kind == "var":
        return (Field if names[term.name] else Register)(term.name, term.width) if term.name in names else None
    if term.kind == "select":
        index = _translated(term.args[1], names)
        known = term.args[0].kind == "array" and term.args[0].name in names
        return Indexed(term.args[0].name, index, term.width) if known and index is not None else None
    if term.kind not in ("op", "ite"):
        return None
    args: list[Expr] = []
    for arg in term.args:
        part = _translated(arg, names) if not arg.index_width else None
        if part is None:
            return None
        args.append(part)
    return _made(term, tuple(args))


def _made(term: Term, args: tuple[Expr, ...]) -> Expr | None:
    """The same operator in the language."""
    if term.kind == "ite":
        return If(args[0], args[1], args[2], term.width)
    try:
        return apply(term.name, *args, parameters=term.parameters)
    except WidthError:
        return None
