"""The patch of a paravirtual guest: hypercalls in place of the instructions that may not run directly.

A hypercall is an instruction that traps under the monitor in every state, as the exact criterion proves. It stands
where the replaced instruction stood, and the monitor, which has a table of these sites, executes the replaced one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer.encoding.assembly.program import Program
from analyzer.encoding.codec import Decoder, EncodingError, encode_row
from analyzer.encoding.pattern import Form
from analyzer.language.effects import EffectAnalysis
from analyzer.spec.model import Instruction, Isa
from analyzer.verdict import Analysis

Units = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Carrier:
    """An instruction that can stand as a hypercall: the row `name` with the values `fields`, `length` units long.

    `call`: it may raise a trap of class `call`. `number`: the operand field that holds the hypercall's number, which
    can be less than `room`; none if it is empty.
    """

    name: str
    fields: Mapping[str, int]
    length: int
    call: bool
    number: str = ""
    room: int = 0

    def units(self, isa: Isa, number: int) -> Units:
        """Its units as hypercall `number`."""
        fields = {**self.fields, self.number: number} if number < self.room else self.fields
        return tuple(encode_row(isa.instruction(self.name), fields, isa.machine.program.unit))


@dataclass(frozen=True, slots=True)
class Site:
    """A hypercall in a program: at storage address `address`, where the instruction `name` with the units `original`
    stood; `patched`, which may be fewer, stand there now. `number` is the hypercall's."""

    address: int
    name: str
    number: int
    original: Units
    patched: Units


@dataclass(frozen=True, slots=True)
class Unfit:
    """An instruction `name` at `address`, of `length` units, in whose place no hypercall fits; it was left."""

    address: int
    name: str
    length: int

    def __str__(self) -> str:
        units = "1 unit" if self.length == 1 else f"{self.length} units"
        return (
            f"{self.name} at {self.address:#x} does not fit: it has {units}, and every instruction that "
            "always traps has more; write a longer form of it, or do without it"
        )


@dataclass(frozen=True, slots=True)
class Ported:
    """A program with hypercalls. `sites`: by their addresses. `unfit`: what could not be replaced. `distinct`: units of
    hypercalls that stand in the program nowhere but at sites."""

    program: Program
    sites: Mapping[int, Site]
    unfit: tuple[Unfit, ...]
    distinct: frozenset[Units]


def always_trapping(analysis: Analysis) -> frozenset[str]:
    """The instructions that trap under a trap-and-emulate monitor in every state."""
    return frozenset(row.name for row in analysis.exact.instructions if row.trap_and_emulate == "traps")


def numbers(isa: Isa, names: Collection[str]) -> dict[str, int]:
    """The numbers of the hypercalls that replace the instructions `names`, in the order of the specification.

    They begin at 1, so that no hypercall is what stands where nothing was written.
    """
    return {name: number for number, name in enumerate((row.name for row in isa.instructions if row.name in names), 1)}


# -- carriers --------------------------------------------------------------------------------------------------------


def carriers(isa: Isa, trapping: Collection[str]) -> tuple[Carrier, ...]:
    """The ways to write a hypercall with the instructions `trapping`, of which each traps in every state.

    Not with those that leave the state changed when they trap: the replaced instruction is executed on the state
    before.
    """
    effects, decoder = EffectAnalysis(isa.machine.functions, isa.machine.operands), Decoder(isa)
    out: list[Carrier] = []
    for row in isa.instructions:
        if row.name in trapping:
            found = effects.block(row.body.semantics, row.body.operands)
            kinds = [isa.machine.traps[name] for name in found.traps]
            if "commit" not in found.marks and all(kind.restartable for kind in kinds):
                out += _written(isa, row, decoder, any(kind.trap_class == "call" for kind in kinds))
    return tuple(out)


def _written(isa: Isa, row: Instruction, decoder: Decoder, call: bool) -> Iterator[Carrier]:
    """A row in each of its forms, without prefixes."""
    for form in (form for encoding in row.encodings for form in encoding.forms):
        fields = {piece.field: min(form.allowed.get(piece.field, (0,))) for piece in form.pieces}
        fields.update(form.cases)
        number, room = max(_rooms(row, form), key=lambda item: item[1], default=("", 0))
        carrier = Carrier(row.name, fields, form.length // isa.machine.program.unit, call, number, room)
        try:
            decoded = decoder.decode(carrier.units(isa, 0))
        except EncodingError:
            continue
        if decoded is not None and (decoded[0], decoded[2]) == (row.name, carrier.length):
            yield carrier


def _rooms(row: Instruction, form: Form) -> Iterator[tuple[str, int]]:
    """The fields that stand in a form with all of their bits, and how many numbers from 0 on each can hold."""
    for name in dict.fromkeys(piece.field for piece in form.pieces):
        width = row.body.fields[name]
        if sum(piece.high - piece.low + 1 for piece in form.pieces if piece.field == name) == width:
            allowed = form.allowed.get(name)
            every = range(1 << width)
            yield name, len(every) if allowed is None else next((n for n in every if n not in allowed), len(every))


def carrier_for(carriers: Iterable[Carrier], length: int, number: int) -> Carrier | None:
    """The one to stand as hypercall `number` where there are `length` units: a call that tells the number if there is
    one, the shortest of these or of all, a call before others."""
    fitting = [carrier for carrier in carriers if carrier.length <= length]

    def preference(carrier: Carrier) -> tuple[bool, int, bool]:
        return not (carrier.call and number < carrier.room), carrier.length, not carrier.call

    return min(fitting, key=preference, default=None)


# -- sites -----------------------------------------------------------------------------------------------------------


class Patcher:
    """Puts hypercalls into programs for one machine, in place of the instructions `names`. They have the numbers of
    `interface`, if it is given."""

    def __init__(
        self, isa: Isa, names: Collection[str], carriers: Collection[Carrier],
        interface: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        self.isa = isa
        self.carriers = carriers
        self.numbers = numbers(isa, names) if interface is None else {name: interface[name] for name in names}
        self.decoder = Decoder(isa)
        self.longest = max((row.longest(isa.machine.program.unit) for row in isa.instructions), default=1)

    def carrier(self, name: str) -> Carrier | None:
        """What can stand in place of each form of an instruction, if anything can."""
        return carrier_for(
            self.carriers, self.isa.instruction(name).shortest(self.isa.machine.program.unit), self.numbers[name]
        )

    def patched(self, program: Program) -> Ported:
        """The program with hypercalls; the instructions that it says are to be kept stay."""
        sites: dict[int, Site] = {}
        unfit: list[Unfit] = []
        for address in sorted(program.code - program.kept):
            found = self._site(program, address)
            if isinstance(found, Site):
                sites[address] = found
            elif found is not None:
                unfit.append(found)
        changed = {site.address + n: unit for site in sites.values() for n, unit in enumerate(site.patched)}
        ported = replace(program, units={**program.units, **changed})
        return Ported(ported, sites, tuple(unfit), frozenset(_distinct(ported.units, sites)))

    def site(self, units: Mapping[int, int], address: int) -> Ported:
        """A single instruction, at an address of a program of which only these units are known."""
        program = Program("", units, address, (), (), {}, {}, frozenset((address,)), frozenset())
        return self.patched(program)

    def _site(self, program: Program, address: int) -> Site | Unfit | None:
        """What becomes of an instruction; nothing of one that may run directly."""
        places = range(address, address + self.longest)
        units = tuple(program.units[place] for place in places if place in program.units)
        decoded = self.decoder.decode(units)
        if decoded is None or decoded[0] not in self.numbers:
            return None
        name, _, length = decoded
        carrier = carrier_for(self.carriers, length, self.numbers[name])
        if carrier is None:
            return Unfit(address, name, length)
        return Site(address, name, self.numbers[name], units[:length], carrier.units(self.isa, self.numbers[name]))


def _distinct(units: Mapping[int, int], sites: Mapping[int, Site]) -> Iterator[Units]:
    """The units of hypercalls that stand at sites only."""
    for patched in {site.patched for site in sites.values()}:
        starts = (at for at, unit in units.items() if unit == patched[0])
        standing = (at for at in starts if tuple(units.get(at + n) for n in range(len(patched))) == patched)
        if all(at in sites for at in standing):
            yield patched


def patched(isa: Isa, program: Program, names: Collection[str], carriers: Collection[Carrier]) -> Ported:
    """`Patcher(isa, names, carriers).patched(program)`, for a single program."""
    return Patcher(isa, names, carriers).patched(program)
