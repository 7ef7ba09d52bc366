"""Words of a machine that are neither symbols nor mnemonics: prefixes, registers, literal words of operands."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analyzer.encoding.assembly.rows import Template
from analyzer.encoding.assembly.syntax import WrittenMachine
from analyzer.encoding.assembly.tokens import Token
from analyzer.encoding.pattern import Encoding


def reserved_words(isa: WrittenMachine, templates: Iterable[Template]) -> Iterator[str]:
    """Names, in capitals, that mean no number in operands: registers and literal words, mnemonics left aside."""
    for notation in isa.syntax.notations.values():
        yield from (name.upper() for name in notation.names)
    seen: set[int] = set()
    for template in templates:
        first, *rest = template.elements
        for words in first.literals():
            yield from _names(words.tokens[1:])
        for element in rest:
            if id(element) not in seen:
                seen.add(id(element))
                yield from itertools.chain(*(_names(words.tokens) for words in element.literals()))


def _names(tokens: Sequence[Token]) -> Iterator[str]:
    """The names that stand for themselves: not those of fields, `field=value`, and of cases, `case(...)`."""
    for token, after in itertools.zip_longest(tokens, tokens[1:]):
        if token.kind == "name" and (after is None or after.text not in ("=", "(")):
            yield token.text.upper()


def prefix_values(encoding: Encoding, told: Mapping[str, int], written: Mapping[str, int]) -> dict[str, int] | None:
    """The values of all groups: those of operands, those written in front, or else what the row implies."""
    out = {}
    for group in encoding.groups:
        accepted = encoding.prefixes[group.name]
        implied = group.none if group.none in accepted or len(accepted) != 1 else next(iter(accepted))
        operand = told.get(group.name, group.none)
        value = written.get(group.name, implied if operand == group.none else operand)
        if value not in accepted or (operand not in (group.none, value)):
            return None
        out[group.name] = value
    return out


def prefix_words(isa: WrittenMachine) -> dict[str, tuple[str, int]]:
    """The words for prefixes, in capitals: group and value. A value that has none is written group_value."""
    out: dict[str, tuple[str, int]] = {}
    groups = isa.instructions[0].encodings[0].groups if isa.instructions else ()
    for group in groups:
        named = isa.syntax.prefixes.get(group.name, {})
        out |= {word.upper(): (group.name, value) for word, value in named.items()}
        for value in group.units.values():
            if value not in named.values():
                out[f"{group.name}_{value}".upper()] = (group.name, value)
    return out
