"""Whether a number lies in ranges, as few comparisons."""

from __future__ import annotations

from analyzer.simulator.operations import number
from analyzer.simulator.regions.ranges import Ranges, common, moved, without


def tested(wanted: Ranges, known: Ranges, by: int = 0, width: int = 0) -> tuple[int, str]:
    """How many comparisons, and their text, with `{}` for the value; all ranges are moved by `by` first.

    The value is one of `known`.
    """
    if by:
        wanted, known = moved(wanted, by, width), moved(known, by, width)
    inside, outside = common(wanted, known), without(known, wanted)
    return min(_either(inside, known), _denied(outside, known))


def _single(part: tuple[int, int], known: Ranges) -> tuple[int, str]:
    """Whether it lies in one range."""
    low, high = part
    below, above = known[0][0] < low, known[-1][1] > high
    if low == high and (below or above):
        return (1, f"{{}} == {number(low).text}") if low else (1, "not {}")
    if below and above:
        return 2, f"{number(low).text} <= {{}} <= {number(high).text}"
    if below:
        return (1, f"{{}} >= {number(low).text}") if low > 1 else (1, "{}")
    return (1, f"{{}} <= {number(high).text}") if above else (0, "1")


def _either(parts: Ranges, known: Ranges) -> tuple[int, str]:
    """Whether it lies in one of several ranges."""
    if not parts:
        return 0, "0"
    if len(parts) == 1:
        return _single(parts[0], known)
    tests = [_bounded(part, known, index == 0, index == len(parts) - 1) for index, part in enumerate(parts)]
    return sum(cost for cost, _ in tests), " or ".join(text for _, text in tests)


def _bounded(part: tuple[int, int], known: Ranges, first: bool, last: bool) -> tuple[int, str]:
    low, high = part
    if first and known[0][0] >= low:
        return 1, f"{{}} <= {number(high).text}"
    if last and known[-1][1] <= high:
        return 1, f"{{}} >= {number(low).text}"
    if low == high:
        return 1, f"{{}} == {number(low).text}"
    return 2, f"{number(low).text} <= {{}} <= {number(high).text}"


def _denied(parts: Ranges, known: Ranges) -> tuple[int, str]:
    """Whether it lies in none of several ranges."""
    if not parts:
        return 0, "1"
    if len(parts) > 1:
        cost, text = _either(parts, known)
        return cost + 1, f"not ({text})"
    (low, high), (cost, text) = parts[0], _single(parts[0], known)
    if text == "not {}":
        return cost, "{}"
    if low == high and "==" in text:
        return cost, f"{{}} != {number(low).text}"
    if cost == 1 and "<=" in text:
        return cost, f"{{}} > {number(high).text}"
    if cost == 1:
        return cost, f"{{}} < {number(low).text}" if low > 1 else "not {}"
    return cost + 1, f"not {text}"
