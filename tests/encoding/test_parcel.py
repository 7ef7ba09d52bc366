"""Words that stand in storage from their least significant unit on."""

import pytest

from analyzer.encoding.parcel import stored
from analyzer.encoding.parse import Bitfield, Bits, PatternError, Token, parse_pattern

CASES: list[tuple[str, int, list[Token]]] = [
    ("0001 0010 0011 0100", 2, [Bits(16, 0xFFFF, 0x3412)]),
    ("0001 0010 0011 0100", 1, [Bits(4, 15, 1), Bits(4, 15, 2), Bits(4, 15, 3), Bits(4, 15, 4)]),
    ("a:12 1-10", 2, [Bitfield("a", 3, 0, 0), Bits(4, 0b1011, 0b1010), Bitfield("a", 11, 4, 0)]),
    ("x[3:0] 0101 x[11:4]", 2, [Bitfield("x", 11, 0, 12), Bits(4, 15, 5)]),
    ("00000001 00000010", 2, [Bits(16, 0xFFFF, 0x0201)]),
]


@pytest.mark.parametrize(("text", "parcel", "tokens"), CASES)
def test_the_least_significant_unit_comes_first(text: str, parcel: int, tokens: list[Token]) -> None:
    assert list(stored(parse_pattern(text), 8, parcel)) == tokens


@pytest.mark.parametrize(("text", "code"), [("01 x:4", "bad-length"), ("m=modrm(1) 00000000", "bad-pattern")])
def test_what_is_no_word(text: str, code: str) -> None:
    with pytest.raises(PatternError) as caught:
        stored(parse_pattern(text), 8, 2)
    assert caught.value.code == code
