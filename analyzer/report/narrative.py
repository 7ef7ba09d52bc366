"""The sentences of `explain`: what an instruction is, what that means for a monitor, and what each witness shows."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.report import words
from analyzer.report.model import Row, described, kinds
from analyzer.verdict import Answer, InstructionResult, Run, Witness

NAMED = 3  # registers and words in one sentence
TWO_RUNS = (
    "In the tables, guest is the guest's own machine in the mode in which it believes to be, real is the machine that "
    "runs its code. What the guest can see is equal before."
)

OTHERWISE = {
    "storage outside the placement": "On the real machine storage changes that is not the guest's.",
    "relation": "Afterwards the monitor's relation between the two machines does not hold any more.",
}


def classified(result: InstructionResult) -> str:
    """The class under one model, with why it is that."""
    found = ", ".join(kinds(result))
    if result.critical is Answer.YES:
        return f"critical: sensitive ({found}) and not privileged"
    if not result.critical.decided or not result.sensitive.decided:
        return f"{described(result)}; privileged: {result.privileged}"
    if result.sensitive is Answer.YES:
        return f"sensitive ({found}), but privileged where it is"
    return "innocuous: not sensitive" + (", though privileged" if result.privileged is Answer.YES else "")


def meaning(row: Row) -> str:
    """What the verdicts mean for a monitor that runs the guest's code directly."""
    exact = row.exact
    critical = " In the sense of 1974 it is critical all the same: that condition is stricter." if row.critical else ""
    match exact.trap_and_emulate:
        case "traps":
            return (
                f"{row.name} never completes where a monitor runs guests. The monitor gets control and does what the "
                f"guest's own machine would have done.{critical}"
            )
        case "direct":
            return (
                f"{row.name} may run directly: whenever the real machine completes it, the guest gets what its own "
                f"machine would have given it.{critical}"
            )
        case "wrong":
            return f"{_wrong(row)} {_hybrid(exact.hybrid)}"
        case _:
            return f"What {row.name} does under a monitor is not decided."


def _wrong(row: Row) -> str:
    witness = next(iter(row.exact.witnesses.values()), None)
    if witness is not None and witness.runs[-1].outcome == "traps":
        return f"{row.name} traps in a way from which a monitor cannot go on as the guest's own machine would."
    return (
        f"{row.name} can complete where a monitor runs guests: nothing traps, the monitor does not get control, and "
        "the guest's own machine would have done something else."
    )


def _hybrid(verdict: str) -> str:
    match verdict:
        case "wrong":
            return "That happens to guests in virtual user modes, too, so that a hybrid monitor does not help."
        case "unknown":
            return "Whether that happens to guests in virtual user modes, too, is not decided."
        case _:
            return "It happens in virtual supervisor modes only, whose code a hybrid monitor interprets."


def told(name: str, witness: Witness) -> str:
    """What the witness of an instruction shows, in a few sentences."""
    if len(witness.runs) == 1:
        (run,) = witness.runs
        return f"In {run.mode} mode {name} {_ends(run)} and changes {_listed(_changes(run, witness.parting))}."
    guest, real = witness.runs
    if "restart" in witness.parting:
        return f"On the real machine {name} {_ends(real)} after part of its work, and cannot be resumed as it should."
    if "outcome" in witness.parting:
        return (
            f"On the guest's machine, in {guest.mode} mode, {name} {_ends(guest)}; "
            f"on the real one, in {real.mode} mode, it {_ends(real)}."
        )
    parts = [f"The guest is in {guest.mode} mode, the real machine in {real.mode} mode, and {name} {_both(real)}."]
    visible = [each for each in witness.parting if "." not in each and each not in OTHERWISE]
    if visible:
        parts.append(f"Afterwards {_listed(_differences(witness, visible))}: the guest can tell.")
    parts += [OTHERWISE[each] for each in witness.parting if each in OTHERWISE]
    for machine, run, end in (
        (
            "virtual",
            guest,
            "The guest's own machine changes {}; the monitor, which gets no control, does not learn of it.",
        ),
        ("real", real, "The real machine changes {}, which is the monitor's."),
    ):
        hidden = tuple(each.split(".", 1)[1] for each in witness.parting if each.startswith(f"{machine}."))
        if hidden:
            parts.append(end.format(_listed(_changes(run, hidden))))
    return " ".join(parts)


def _both(real: Run) -> str:
    return f"{_ends(real)} on both" if real.outcome != "traps" else "traps on both"


def _ends(run: Run) -> str:
    if run.outcome == "traps":
        return f"traps ({run.trap}, class {run.trap_class})" if run.trap_class else f"traps ({run.trap})"
    return f"completes ({run.result})" if run.result else "completes"


def _changes(run: Run, names: tuple[str, ...]) -> Iterator[str]:
    """What changes of the named components, register by register; a name alone where the run does not say."""
    for name in names:
        changed = [each for each in run.after if _is(each, name) and run.after[each] != run.before.get(each, 0)]
        for each in changed:
            yield f"{each} from {words.number(run.before.get(each, 0))} to {words.number(run.after[each])}"
        if not changed:
            yield name


def _differences(witness: Witness, names: list[str]) -> Iterator[str]:
    """In what the two runs differ of the named components, register by register; a word of the guest's storage beside
    that in its place in real storage. A name alone where the runs do not say."""
    guest, real = witness.runs
    shown = dict.fromkeys((*guest.before, *guest.after, *real.before, *real.after))
    for name in names:
        differ = [each for each in shown if _is(each, name)]
        pairs = [(each, words.value(guest, each), words.value(real, _placed(each, witness))) for each in differ]
        pairs = [(each, one, other) for each, one, other in pairs if one != other]
        for each, one, other in pairs:
            yield f"{each} is {one or '0'} on the guest's machine and {other or '0'} on the real one"
        if not pairs:
            yield f"they part in {name}"


def _placed(each: str, witness: Witness) -> str:
    """What stands for it in the real machine."""
    base = witness.placement.get("base", 0)
    return f"real[{int(each[5:-1]) + base}]" if base and each.startswith("real[") else each


def _is(each: str, name: str) -> bool:
    """Whether this is the component, a register of the file, or, of storage, a word."""
    base = each.partition("[")[0]
    return name in (each, base) or (name == "storage" and base == "real")


def _listed(items: Iterator[str] | list[str]) -> str:
    found = list(items)
    more = [f"{len(found) - NAMED} more"] if len(found) > NAMED else []
    *first, last = [*found[:NAMED], *more]
    return f"{', '.join(first)} and {last}" if first else last
