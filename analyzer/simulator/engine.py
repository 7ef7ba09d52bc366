"""One instruction executed in place: fetched through the translation, decoded, run, undone where it traps."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from analyzer.encoding.assembly.disassembler import Disassembler
from analyzer.encoding.codec import split
from analyzer.language.declarations import ACCESS_KINDS, Body
from analyzer.language.effects import EffectAnalysis
from analyzer.language.evaluate import LOOP_LIMIT, DoesNotEnd, State
from analyzer.language.operators import mask
from analyzer.simulator.compile import Compiled, Generated, Instruction
from analyzer.simulator.memory import GRANULE, Memory
from analyzer.simulator.pending import Pending
from analyzer.simulator.regions.fetch import Fetcher
from analyzer.simulator.runtime import DEFAULT, Context, Ended, Trapped
from analyzer.spec.model import Isa

LOOP = LOOP_LIMIT
LONGEST_CHAIN = 1000  # instructions that execute each other
CACHED = 1 << 15  # decoded instructions kept

Log = list[tuple[Any, Any, int]]


@dataclass(frozen=True, slots=True)
class Trap:
    """Traps of kinds `kinds`, the first with the values `args`; `next` is the address of the following instruction.

    `after`: the instruction completed, the traps show afterwards. Otherwise there is one, and the state is that before
    the instruction but for what it committed.
    """

    kinds: tuple[str, ...]
    args: tuple[int, ...] = ()
    next: int = 0
    after: bool = False


class MachineFault(Exception):
    """The machine cannot go on, and the specification does not say what would happen; the message says why.

    `done`: how many instructions completed before, of those that were to be executed.
    """

    done = 0


class Live(Context):
    """The context of executions in place: `log` notes old values, `mark` how much of it is committed, `executed` names
    the instruction and those that it executed."""

    __slots__ = ("executed", "log", "mark")

    def __init__(self, state: State) -> None:
        super().__init__(state, {}, DEFAULT, LOOP)
        self.log: Log = []
        self.mark = 0
        self.executed: list[str] = []

    def commit(self) -> None:
        """Keep what was written so far, should a trap follow."""
        self.mark = len(self.log)

    def undo(self) -> None:
        """Take back what is not committed."""
        while len(self.log) > self.mark:
            container, key, old = self.log.pop()
            container[key] = old


class Decoded(NamedTuple):
    """An instruction at an address: its row's name, its body, fields and length, and the compiled body."""

    name: str
    body: Body
    fields: dict[str, int]
    length: int
    instruction: Instruction


class Engine:
    """Executes instructions of one machine on states; compiles each form once. Several machines may share one."""

    def __init__(self, isa: Isa) -> None:
        self.isa = isa
        self.machine = isa.machine
        self.compiled = Compiled(isa.machine, logging=True)
        self.fetcher = Fetcher(isa)
        self.decoder = self.fetcher.decoder
        self.unit = self.machine.program.unit
        self.longest = max((row.longest(self.unit) for row in isa.instructions), default=1)
        self.pc = self.machine.pc.name
        self.pc_mask = mask(self.machine.pc.width)
        self.undefined = self.machine.no_instruction()
        self.rows = {row.name: row for row in isa.instructions}
        self.before, self.after = self.compiled.hook("before"), self.compiled.hook("after")
        self.interrupts = self.compiled.hook("interrupts")
        self.fetched = self.compiled.translation(self.machine.program.name, ACCESS_KINDS["execute"])
        self.code = self.compiled.hook("code")
        self.words: dict[tuple[int, ...], Decoded] = {}
        effects = self.effects = EffectAnalysis(self.machine.functions, self.machine.operands)
        reads = effects.block(self.machine.functions["translate"].body)
        for name in {space.translate for space in self.machine.spaces.values() if space.translate}:
            reads |= effects.block(self.machine.functions[name].body)
        if self.code is not None:
            reads |= effects.block(self.machine.functions["code"].body)
        self.placing = reads.reads  # what decides where code lies
        self.cacheable = not reads.loads
        self.pending = Pending(isa.machine)
        halted = isa.simulation.halted
        self.halting = effects.block(halted).reads if halted else frozenset[str]()

    @cached_property
    def disassembler(self) -> Disassembler:
        """Shows the machine's instructions."""
        return Disassembler(self.isa, self.decoder)

    def step(self, live: Live, cache: Known, *, chained: bool = True) -> Trap | None:
        """Execute one instruction, and those that it executes, in the state of `live`; the trap, if it ends in one.

        Without `chained`, only the instruction itself: `live.continues` tells that it would execute `live.bits`.
        Raises `MachineFault` where a loop or a chain of instructions does not end, or storage ends.
        """
        here = live.registers[self.pc]
        live.log.clear()
        live.executed.clear()
        live.mark = 0
        live.here = live.next = here
        try:
            decoded = cache.find(here) or cache.keep(here, *self.fetch(live, here))
            live.next = (here + decoded.length) & self.pc_mask
            return self.execute(live, decoded, chained)
        except Trapped as trap:
            live.undo()
            return Trap((trap.kind,), trap.values, live.next)
        except DoesNotEnd as loop:
            live.undo()
            raise MachineFault(f"a loop of {loop} does not end within {LOOP} rounds") from None
        except IndexError:
            live.undo()
            raise MachineFault("an access past the end of real storage, for which there is no trap") from None

    def execute(self, live: Live, decoded: Decoded, chained: bool) -> Trap | None:
        """Execute a decoded instruction, and those that it executes."""
        registers = live.registers
        for _ in range(LONGEST_CHAIN):
            live.fields = decoded.fields
            live.executed.append(decoded.name)
            live.pc_written = live.continues = False
            live.after = None
            if self.before is not None:
                self.before(live)
            try:  # noqa: SIM105 - the context manager costs as much as a short instruction
                decoded.instruction.semantics(live)
            except Ended:
                pass
            if self.after is not None:
                self.after(live)
            if not live.pc_written:
                registers[self.pc] = live.next
            if not (live.continues and chained):
                return None if live.after is None else Trap(tuple(live.after), (), live.next, after=True)
            live.next = registers[self.pc]
            registers[self.pc] = live.here
            live.commit()  # it has completed: what it did stays, should the executed one trap
            decoded = self.decode(split(live.bits, live.width, self.unit))
        live.undo()
        raise MachineFault(f"{LONGEST_CHAIN} instructions execute each other and none ends")

    def units_at(self, live: Live, here: int) -> list[int]:
        """The units from an address on, as many as an instruction may have; fewer where they cannot be fetched."""
        return [live.storage.get(place, 0) for place in self.places_at(live, here)]

    def places_at(self, live: Live, here: int, count: int | None = None) -> list[int]:
        """The real addresses of these units, or of `count` of them."""
        return self._places(live, here, count or self.longest)[0]

    def _places(self, live: Live, here: int, count: int) -> tuple[list[int], Trapped | None]:
        """The real addresses of `count` units from an address on, and the trap that ended them early."""
        places: list[int] = []
        for offset in range(count):
            try:
                address = here + offset & self.pc_mask
                place = self.fetched(live, address if self.code is None else self.code(live, address))
            except Trapped as trap:
                return places, trap
            if place >= live.size:
                break
            places.append(place)
        return places, None

    def fetch(self, live: Live, here: int) -> tuple[Decoded, list[int]]:
        """The instruction at an address, and the real addresses of its units. Raises `Trapped`."""
        places, refused = self._places(live, here, self.longest)
        storage = live.storage
        decoded = self.decode([storage[place] for place in places]) if places else None
        if refused is not None and (decoded is None or decoded.body is self.undefined):
            live.next = here + 1 & self.pc_mask
            raise refused
        if decoded is None:
            raise IndexError(here)
        known = decoded.body is not self.undefined  # what is no instruction may depend on all of its units
        return decoded, places[: decoded.length] if known else places

    def decode(self, units: list[int]) -> Decoded:
        """The instruction that units begin with; `undefined_instruction` where they begin with none."""
        word = tuple(units)
        known = self.words.get(word)
        if known is None:
            if len(self.words) >= CACHED:
                self.words.clear()
            known = self.words[word] = self._decoded(units)
        return known

    def _decoded(self, units: list[int]) -> Decoded:
        found = self.decoder.decode(units)
        if found is None:
            return Decoded("", self.undefined, {}, 1, self.compiled.instruction(self.undefined, {}))
        name, fields, length = found
        body = self.rows[name].body
        return Decoded(name, body, fields, length, self.compiled.instruction(body, fields))

    def deliver(self, live: Live, trap: Trap) -> None:
        """Run the machine's trap sequence. Raises `MachineFault` where there is none, or it traps itself."""
        for kind in trap.kinds:
            declared = self.machine.traps[kind]
            if declared.deliver is None:
                raise MachineFault(f"the machine declares no trap sequence for {kind}")
            self._sequence(live, self.compiled.delivery(declared), trap, f"the trap sequence of {kind}")

    def interrupt(self, live: Live) -> bool:
        """Take an interrupt if one is due; whether one was."""
        if self.interrupts is None:
            return False
        live.log.clear()
        here = live.registers[self.pc]
        self._sequence(live, self.interrupts, Trap((), (), here), "taking an interrupt")
        return bool(live.log)

    def due(self, live: Live) -> bool:
        """Whether an interrupt is due; nothing changes."""
        due = self.interrupt(live)
        live.mark = 0
        live.undo()
        return due

    def _sequence(self, live: Live, run: Generated, trap: Trap, what: str) -> None:
        live.mark = len(live.log)
        live.here, live.next = live.registers[self.pc], trap.next
        try:
            with suppress(Ended):
                run(live, *trap.args)
        except Trapped as inner:
            live.undo()
            raise MachineFault(f"{what} traps itself ({inner.kind})") from None
        except DoesNotEnd as loop:
            live.undo()
            raise MachineFault(f"a loop of {loop} does not end within {LOOP} rounds") from None
        except IndexError:
            live.undo()
            raise MachineFault(f"{what} goes past the end of real storage") from None


class Known(Protocol):
    """Instructions that are decoded already, by their address."""

    def find(self, here: int) -> Decoded | None:
        """The instruction at an address, if it is known."""

    def keep(self, here: int, decoded: Decoded, places: list[int]) -> Decoded:
        """Remember an instruction whose units lie at real addresses."""


class Cache:
    """Instructions of one machine by their address, as long as nothing is written where they lie and nothing changes
    that decides where they lie."""

    def __init__(self, engine: Engine, state: State, memory: Memory) -> None:
        self.engine, self.state, self.memory = engine, state, memory
        self.kept: dict[int, Decoded] = {}
        self.contexts: dict[tuple[int, ...], dict[int, Decoded]] = {}
        self.granules: dict[int, set[tuple[int, frozenset[int]]]] = {}
        registers = engine.machine.components
        self.scalars = tuple(name for name in sorted(engine.placing) if registers[name].count is None)
        self.files = tuple(name for name in sorted(engine.placing) if registers[name].count is not None)
        memory.listeners.append(self.drop)
        self.moved()

    def moved(self) -> None:
        """Something that decides where code lies may have changed."""
        registers, files = self.state.registers, self.state.files
        key = [registers[name] for name in self.scalars]
        for name in self.files:
            count = self.engine.machine.components[name].count or 0
            key.extend(map(files[name].get, range(count), [0] * count))
        if sum(map(len, self.contexts.values())) > CACHED:
            self.contexts.clear()
        self.kept = self.contexts.setdefault(tuple(key), {})

    def find(self, here: int) -> Decoded | None:
        """The instruction at an address, if it is known."""
        return self.kept.get(here)

    def keep(self, here: int, decoded: Decoded, places: list[int]) -> Decoded:
        """Remember an instruction whose units lie at real addresses."""
        if self.engine.cacheable:
            self.kept[here] = decoded
            own = frozenset(place + self.memory.base for place in places)
            for granule in self.memory.watch(places):
                self.granules.setdefault(granule, set()).add((here, own))
        return decoded

    def drop(self, place: int) -> None:
        """Forget what lies at a place, numbered in the whole storage."""
        granule = place >> GRANULE
        known = self.granules.get(granule)
        if known is None:
            return
        for here, places in tuple(known):
            if place in places:
                known.discard((here, places))
                for kept in self.contexts.values():
                    kept.pop(here, None)
        if known:
            self.memory.code[granule] = 1
