"""What is known of values on a path: from conditions that were tested."""

from __future__ import annotations

from analyzer.simulator.regions.conditions import ONE, negated
from analyzer.simulator.regions.ranges import Ranges, common, moved, union, without
from analyzer.simulator.regions.values import Node, Values, split

ZERO: Ranges = ((0, 0),)
Facts = dict[Node, Ranges]
DEPTH = 6  # of conditions that are made of others


def ranges_of(facts: Facts, value: Node) -> Ranges:
    """The numbers that a value can be."""
    if value.constant is not None:
        return ((value.constant, value.constant),)
    base, by = split(value)
    if base is not None and by:
        return moved(ranges_of(facts, base), by, value.width)
    if value.op == "zext":
        return ranges_of(facts, value.args[0])
    return facts.get(value, ((0, value.most),))


def decided(facts: Facts, condition: Node, depth: int = DEPTH) -> bool | None:
    """Whether a condition holds, if that is known; not looked for deeper than `depth`."""
    if not depth:
        return None
    if condition.constant is not None:
        return bool(condition.constant)
    known = facts.get(condition)
    if known in (ONE, ZERO):
        return known == ONE
    match condition.op:
        case "in":
            possible = ranges_of(facts, condition.args[0])
            inside = common(possible, condition.parameters)
            return None if inside and inside != possible else bool(inside)
        case "not":
            inner = decided(facts, condition.args[0], depth - 1)
            return None if inner is None else not inner
        case "and" | "or":
            first, second = (decided(facts, arg, depth - 1) for arg in condition.args)
            if condition.op == "and":
                return False if first is False or second is False else True if first and second else None
            return True if first or second else False if first is False and second is False else None
        case _:
            return None


def assume(v: Values, facts: Facts, condition: Node, truth: bool, depth: int = DEPTH) -> None:
    """Note that a condition holds, or that it does not, and what follows as deep as `depth`."""
    if condition.constant is not None or not depth:
        return
    match condition.op:
        case "in":
            (value,) = condition.args
            possible = ranges_of(facts, value)
            wanted: Ranges = condition.parameters
            facts[value] = common(possible, wanted) if truth else without(possible, wanted)
            return
        case "not":
            assume(v, facts, condition.args[0], not truth, depth - 1)
        case "and" | "or" if truth == (condition.op == "and"):
            for arg in condition.args:
                assume(v, facts, arg, truth, depth - 1)
        case "ult" | "ule" | "slt" | "sle":
            facts[negated(v, condition)] = ZERO if truth else ONE
    facts[condition] = ONE if truth else ZERO


def merged(a: Facts, b: Facts) -> Facts:
    """What is known when either path was taken."""
    return {value: union(a[value], b[value]) for value in a.keys() & b.keys()}
