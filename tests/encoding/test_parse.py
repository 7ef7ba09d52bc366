"""Patterns and restrictions as written: what each token means, and what each mistake is called."""

import pytest

from analyzer.encoding.parse import (
    Bitfield,
    Bits,
    Extension,
    Hole,
    Operand,
    PatternError,
    Token,
    parse_pattern,
    parse_where,
)

PATTERNS: list[tuple[str, list[Token]]] = [
    ("0110", [Bits(4, 0b1111, 0b0110)]),
    ("----", [Bits(4, 0, 0)]),
    ("1-0-", [Bits(4, 0b1010, 0b1000)]),
    ("i", [Bitfield("i", 0, 0, 0)]),
    ("01 y:18", [Bits(2, 3, 1), Bitfield("y", 17, 0, 3)]),
    ("imm[11:5] imm[4]", [Bitfield("imm", 11, 5, 0), Bitfield("imm", 4, 4, 10)]),
    ("d:16le", [Bitfield("d", 7, 0, 0), Bitfield("d", 15, 8, 0)]),
    ("11 @ rm:3", [Bits(2, 3, 3), Hole(), Bitfield("rm", 2, 0, 5)]),
    ("m=modrm(0 reg:3)", [Operand("m", "modrm", (Bits(1, 1, 0), Bitfield("reg", 2, 0, 10)), 0)]),
    ("m=ea() m.extension", [Operand("m", "ea", (), 0), Extension("m", 7)]),
    ("", []),
]


@pytest.mark.parametrize(("text", "tokens"), PATTERNS)
def test_pattern(text: str, tokens: list[Token]) -> None:
    assert list(parse_pattern(text)) == tokens


# text, offset and length of the mistake, code
BAD_PATTERNS = [
    ("01 x:", 3, 2, "bad-pattern"),
    ("01 x:0", 3, 3, "bad-pattern"),
    ("x:4x", 0, 4, "bad-pattern"),
    ("01 x:999", 3, 5, "bad-pattern"),
    ("d:12le", 0, 6, "bad-pattern"),
    ("m[3:9]", 0, 6, "bad-pattern"),
    ("m=modrm(reg:3", 0, 1, "bad-pattern"),
    ("01 )", 3, 1, "bad-pattern"),
    ("012", 0, 3, "bad-pattern"),
    ("é", 0, 1, "bad-pattern"),
]


@pytest.mark.parametrize(("text", "offset", "length", "code"), BAD_PATTERNS)
def test_bad_pattern(text: str, offset: int, length: int, code: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    assert (caught.value.offset, caught.value.length, caught.value.code) == (offset, length, code)


WIDTHS = {"rm": 3, "d": 2, "wide": 17}
RESTRICTIONS = [
    ("rm == 5", {"rm": {5}}),
    ("rm != 5", {"rm": {0, 1, 2, 3, 4, 6, 7}}),
    ("rm not in {4, 5}", {"rm": {0, 1, 2, 3, 6, 7}}),
    ("rm in {0b100, 0o5}", {"rm": {4, 5}}),
    ("wide in (1, 0x10000)", {"wide": {1, 0x10000}}),
    ("rm not in {SP} and d != 0", {"rm": {0, 1, 2, 3, 5, 6, 7}, "d": {1, 2, 3}}),
    ("d != 0 and d != 1", {"d": {2, 3}}),
    ("d == 0 and d == 1", {"d": set()}),
]


@pytest.mark.parametrize(("text", "allowed"), RESTRICTIONS)
def test_restriction(text: str, allowed: dict[str, set[int]]) -> None:
    assert parse_where(text, WIDTHS, {"SP": 4}) == allowed


CASES = {"m.case": {"register": 0, "base": 1}}


@pytest.mark.parametrize(("text", "left"), [("m.case == base", {1}), ("m.case not in {register}", {1, 2, 3})])
def test_restriction_of_an_operand(text: str, left: set[int]) -> None:
    assert parse_where(text, {"m.case": 2}, {}, CASES) == {"m.case": left}


BAD_RESTRICTIONS = [
    ("rm = 5", 0, 6, "bad-where"),
    ("rm < 5", 0, 6, "bad-where"),
    ("rm == 5and d == 0", 0, 17, "bad-where"),
    ("rm == 5 or d == 0", 0, 17, "bad-where"),
    ("d == 0 and 1 == rm", 11, 7, "bad-where"),
    ("rx == 5", 0, 2, "unknown-field"),
    ("rm == SP", 6, 2, "bad-where"),
    ("d == 4", 5, 1, "literal-too-wide"),
    ("d == -1", 5, 2, "bad-where"),
    ("wide != 0", 0, 9, "bad-where"),
    ("__import__('os')", 0, 16, "bad-where"),
    ("m.case == other", 10, 5, "bad-where"),
    ("m.kind == 0", 0, 11, "bad-where"),
]


@pytest.mark.parametrize(("text", "offset", "length", "code"), BAD_RESTRICTIONS)
def test_bad_restriction(text: str, offset: int, length: int, code: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_where(text, WIDTHS | {"m.case": 2}, {}, CASES)
    assert (caught.value.offset, caught.value.length, caught.value.code) == (offset, length, code)
