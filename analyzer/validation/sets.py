"""Sets of remedies: what serves some of the instructions best, completed by what serves the others.

A set has one monitor: trap-and-emulate as it is declared, the same with another setting, or the hybrid one. What that
leaves wrong, or serves at a higher cost, is served by hypercalls, or by traps in other hardware. Each instruction keeps
the proof that it has with its remedy alone, since the exact criterion is about single instructions: one that traps in
every state in which guests run does so whatever is done about the others. Under another setting it is asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analyzer.monitors import CONFIGURE, HYBRID, PARAVIRT, TRAP
from analyzer.monitors.paravirtual import paravirtual
from analyzer.monitors.virtual import TrapAndEmulate
from analyzer.progress import labeled
from analyzer.remedies.patch import Patcher
from analyzer.remedies.proof import Proof, ask
from analyzer.remedies.trapping import trapping
from analyzer.validation.costs import Costs
from analyzer.validation.fixed import AND
from analyzer.validation.ways import Subject, Way
from analyzer.verdict import Answer

COMPLETING = (PARAVIRT, TRAP)  # where they cost the same, the one that needs no other hardware
NOT_CARRIED = Proof(Answer.NO, "wrong", "the hypercall need not trap with the setting")


def sets(subject: Subject, ways: Sequence[Way], costs: Costs) -> Iterator[Way]:
    """The sets that serve some instruction at a lower cost than a single remedy, or one that it does not serve."""
    known = {way.remedy: way for way in ways}
    completing = [known[remedy] for remedy in COMPLETING if remedy in known]
    plain = Way("", subject.isa, TrapAndEmulate, subject.monitor, {}, {}, {})
    for first in (plain, *(known[remedy] for remedy in (CONFIGURE, HYBRID) if remedy in known)):
        chosen = choice(subject, (first, *completing), costs)
        names = serving(first, chosen or {})
        if chosen is not None and len(names) > 1 and (first is plain or first.remedy in names):
            yield joined(subject, first, chosen, names)


def choice(subject: Subject, ways: Sequence[Way], costs: Costs) -> Mapping[str, Way] | None:
    """For each instruction that has to be changed, the cheapest of the ways in which it is proved, of several the
    first; `None` where one has none."""
    chosen = {}
    for name in subject.needs.repaired:
        proved = [way for way in ways if name in way.proofs and way.proofs[name].proved is Answer.YES]
        if not proved:
            return None
        chosen[name] = min(proved, key=lambda way: costs.cycles[way.event[name]])
    return chosen


def serving(first: Way, chosen: Mapping[str, Way]) -> Mapping[str, tuple[str, ...]]:
    """The instructions that each remedy serves. A hybrid monitor interprets, though it may be none of these."""
    used = {way.remedy for way in chosen.values()} | {first.remedy} & {HYBRID}
    order = [remedy for remedy in (CONFIGURE, HYBRID, *COMPLETING) if remedy in used]
    return {remedy: tuple(name for name, way in chosen.items() if way.remedy == remedy) for remedy in order}


def joined(subject: Subject, first: Way, chosen: Mapping[str, Way], names: Mapping[str, tuple[str, ...]]) -> Way:
    """One way for all: the monitor of `first`, with the remedies that are chosen."""
    out = replace(
        first,
        remedy=AND.join(names),
        proofs={**first.proofs, **{name: way.proofs[name] for name, way in chosen.items()}},
        how={name: way.how[name] for name, way in chosen.items()},
        event={name: way.event[name] for name, way in chosen.items()},
        serves=names,
    )
    if TRAP in names:
        out = _trapping(subject, out, names[TRAP])
    if PARAVIRT in names:
        out = _ported(subject, out, chosen[names[PARAVIRT][0]], names[PARAVIRT])
    return out


def _trapping(subject: Subject, way: Way, names: tuple[str, ...]) -> Way:
    """The way on a machine in which some instructions trap."""
    found = {name: subject.trapped[name] for name in names}
    texts = {name: each.text for name, each in found.items() if each is not None and each.text}
    isa = trapping(subject.isa, subject.monitor, names, texts).load(subject.isa)
    own, given = isa.monitors[way.monitor.name], way.monitor
    monitor = replace(own, relation=given.relation, relation_text=given.relation_text, install=given.install)
    way = replace(way, isa=isa, monitor=monitor)
    return way if CONFIGURE not in way.serves else replace(way, proofs={**way.proofs, **_ask(subject, way, names)})


def _ported(subject: Subject, way: Way, ported: Way, names: tuple[str, ...]) -> Way:
    """The way with hypercalls for some instructions, in front of any monitor."""
    assert ported.patcher is not None
    carriers, proofs = ported.patcher.carriers, dict(way.proofs)
    if CONFIGURE in way.serves:
        carried = {name: carrier.name for name in names if (carrier := ported.patcher.carrier(name)) is not None}
        carriers = tuple(carrier for carrier in carriers if carrier.name in carried.values())
        asked = _ask(subject, way, tuple(dict.fromkeys(carried.values())))
        proofs |= {name: asked[by] if asked[by].by == "traps" else NOT_CARRIED for name, by in carried.items()}
    patcher = Patcher(way.isa, names, carriers, ported.patcher.numbers)
    return replace(way, kind=paravirtual(way.kind), patcher=patcher, proofs=proofs)


def _ask(subject: Subject, way: Way, names: tuple[str, ...]) -> Mapping[str, Proof]:
    """Ask the exact criterion again, of the monitor of the way."""
    isa = replace(way.isa, monitors={**way.isa.monitors, way.monitor.name: way.monitor})
    progress = labeled(subject.progress, f"{way.remedy}: proof of")
    return ask(isa, way.monitor.name, names, jobs=subject.jobs, rlimit=subject.rlimit, progress=progress)
