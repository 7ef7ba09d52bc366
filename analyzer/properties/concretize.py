"""From a model of the solver to concrete states, executed, and to terms with the model's values in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from analyzer.diagnostics import InternalError
from analyzer.language.evaluate import DoesNotEnd, Interpretation, State, fixed_hash, initial_state
from analyzer.properties.found import Found, Uniform
from analyzer.properties.question import Question, View
from analyzer.properties.replay import trial
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import CELLS, OUTSIDE, SIZE
from analyzer.symbolic.solver import Model
from analyzer.symbolic.terms import Term, Terms, array_roots, postorder


def concretize(subject: Subject, question: Question, model: Model) -> Found:
    """The model as concrete states, executed on the compiled machine."""
    t = subject.terms
    fields = {name: model.value(t.var(name, width)) for name, width in subject.body.fields.items()}
    nodes = list(postorder(t.and_(question.claim, *question.premises)))
    contents = contents_of(nodes, model)
    region = None
    if question.region:
        region = model.value(question.region.base), model.value(question.region.size)
    functions = _functions(nodes, model)
    executions = []
    for view in question.views:
        state = _state(subject, view, model, contents, region if view.label == "real" else None)
        interpretation = Interpretation(functions, _open(view.label, model, nodes))
        try:
            executions.append(trial(subject, view.label, interpretation, fields, state))
        except DoesNotEnd as loop:
            raise InternalError(f"{subject.instruction.name}: the witness's loop does not end at {loop}") from loop
    placement = {}
    if region:
        placement = {"base": region[0], "size": region[1], "real_size": executions[-1].before.storage_size}
    return Found(question.level, question.common, fields, tuple(executions), placement)


def contents_of(nodes: Iterable[Term], model: Model) -> dict[str, set[int]]:
    """At which indices the question looks into each register file and into storage."""
    out: dict[str, set[int]] = {}
    for node in nodes:
        if node.kind == "select":
            index = model.value(node.args[1])
            for array in array_roots(node.args[0]):
                out.setdefault(array.name, set()).add(index)
    return out


def _state(
    subject: Subject, view: View, model: Model, contents: Mapping[str, set[int]], region: tuple[int, int] | None
) -> State:
    """A view's initial state; `region` is where the guest's storage lies in it, if not in place."""
    t = subject.terms
    state = initial_state(subject.machine, model.value(view.names[SIZE]))
    for component in subject.machine.components.values():
        term = view.names[component.name]
        if component.count is None:
            state.registers[component.name] = model.value(term)
        else:
            state.files[component.name] = _elements(t, term, contents, model)
    if view.run.initial[CELLS].kind == "fill":
        state.storage = Uniform(model.value(view.run.initial[CELLS].args[0]))
        return state
    cells = _elements(t, view.run.initial[CELLS], contents, model)
    if region is None:
        state.storage = cells
        return state
    base, size = region
    outside = _elements(t, view.run.initial[OUTSIDE], contents, model)
    state.storage = {place: unit for place, unit in outside.items() if not base <= place < base + size}
    state.storage |= {base + n: unit for n, unit in cells.items() if n < size}
    return state


def _elements(t: Terms, array: Term, contents: Mapping[str, set[int]], model: Model) -> dict[int, int]:
    """The elements of an array that are not 0, where the question looks."""
    indices = contents.get(array.name, set()) if array.kind == "array" else set(range(1 << array.index_width))
    out = {i: model.value(t.select(array, t.const(i, array.index_width))) for i in sorted(indices)}
    return {index: value for index, value in out.items() if value}


def _functions(nodes: Iterable[Term], model: Model) -> Callable[[str, tuple[int, ...]], int]:
    """The model's uninterpreted functions of the specification, where the question applies them."""
    table: dict[tuple[str, tuple[int, ...]], int] = {}
    for node in nodes:
        if node.kind == "uf" and node.name.startswith("function "):
            args = tuple(model.value(arg) for arg in node.args)
            table[node.name.removeprefix("function "), args] = model.value(node)
    return partial(_applied, table)


def _applied(table: Mapping[tuple[str, tuple[int, ...]], int], name: str, args: tuple[int, ...]) -> int:
    return table.get((name, args), fixed_hash(name, args))


def _open(label: str, model: Model, nodes: Iterable[Term]) -> Callable[[str, bool], int]:
    """The model's undefined and unpredictable values."""
    return partial(_left_open, {node.name: model.value(node) for node in nodes if node.kind == "var"}, label)


def _left_open(values: Mapping[str, int], label: str, site: str, unpredictable: bool) -> int:
    return values.get(f"unpredictable {site}!{label}" if unpredictable else f"undefined {site}", 0)


def fix(
    subject: Subject, term: Term, model: Model, free: set[str], contents: Mapping[str, set[int]] | None = None
) -> Term:
    """A term with the model's values in place of all variables but the free ones; of register files those elements
    that `contents` lists, 0 elsewhere, if it is given."""
    t = subject.terms

    def value(node: Term) -> Term:
        return node if node.name in free or node.index_width else t.const(model.value(node), node.width)

    def element(array: Term, index: int) -> int:
        known = contents is None or index in contents.get(array.name, ())
        return model.value(t.select(array, t.const(index, array.index_width))) if known else 0

    def read(node: Term, args: tuple[Term, ...]) -> Term | None:
        if node.kind != "select" or node.args[0].kind != "array":
            return None
        array = node.args[0]
        return _choice(t, args[1], [element(array, index) for index in range(1 << array.index_width)], array.width)

    return t.substitute(term, value, read, {})


def _choice(t: Terms, index: Term, values: list[int], width: int) -> Term:
    """The value at `index`, one of as many as it has values: a tree over its bits, equal halves merged."""
    if min(values) == max(values):
        return t.const(values[0], width)
    half = len(values) // 2
    top = half.bit_length() - 1
    low, high = _choice(t, index, values[:half], width), _choice(t, index, values[half:], width)
    return t.ite(t.extract(index, top, top), high, low)
