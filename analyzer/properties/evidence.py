"""From a question to an answer with evidence: prove abstractly, else find a concrete witness and replay it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.encoding.codec import nearest
from analyzer.properties.agreement import Undecided, agreeing, disagreement
from analyzer.properties.concretize import concretize
from analyzer.properties.found import Existence, Found, Replay, Uniform
from analyzer.properties.kindred import Asked
from analyzer.properties.question import PLACED, STANDING, Level, Question
from analyzer.properties.rebuild import Rebuilder
from analyzer.properties.replay import replayed
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import SIZE
from analyzer.symbolic.solver import Session
from analyzer.verdict import Answer

EFFORT: Mapping[Level, int] = {"uniform": 10, "installed": 4}  # what a witness may cost there: this part of a proof's
MORE = 3  # times as much for what was given up with uniform storage
EARLY = 4  # what a witness with tables may cost, this part of a proof's, before it is tried to prove that there is none
Build = Callable[[Level], Question]


def exists(
    subject: Subject, asked: Asked, build: Build, replay: Replay, *, admits: Callable[[Found], bool] | None = None,
    levels: tuple[Level, ...] = PLACED, narrower: Sequence[Build] = (),
) -> Existence:  # fmt: skip
    """Decide a question. `replay` gives the parting of a concrete witness, nothing if it shows nothing.

    `asked` tells the question from others about an instruction: a witness that answered it for a kindred one is tried
    first, as is one that answered another question about this one and satisfies the premises, as `admits` says.
    `levels`: where witnesses are looked for: after an attempt to prove that there is none, but where storage holds
    tables, and no kindred instruction was proved to have none, `uniform` before it, then `exact` if the states lie in
    one place, with all of storage, and that is cheap. `narrower`: the question under further premises, easier to answer
    with yes.
    """

    if admits is None:  # only the monitor says what states these are
        asked = (subject.monitor.name, *asked)

    def shows(found: Found) -> tuple[str, ...]:
        return replay(found) if admits is None or admits(found) else ()

    found = _known(subject, asked, shows, others=admits is not None)
    if found is not None:
        subject.counters.syntactic += 1
        answer = Existence(Answer.YES, found, shows(found), shows=shows, raw=replay)
    else:
        answer = _Inquiry(subject, asked, build, replay, shows, levels, narrower).answer()
    if answer.found is not None:
        subject.kindred.remember(asked, answer.found)
        subject.kindred.refuted.discard(asked)
    return answer


def _known(subject: Subject, asked: Asked, shows: Replay, *, others: bool) -> Found | None:
    """A witness at hand that shows what is asked: of another question, if these are asked, or a lent one."""
    own = next((found for found in subject.pool if shows(found)), None) if others else None
    if own is not None:
        return own
    for lent in subject.kindred.witnesses(asked):
        if lent not in subject.borrowed:
            subject.borrowed[lent] = Rebuilder(subject, lent).whole(nearest(subject.instruction, lent.fields))
        found = subject.borrowed[lent]
        if found is not None and shows(found) and _listable(subject, found, shows):
            found = replayed(subject, found)
            if shows(found):
                subject.pool.append(found)
                return found
    return None


def _listable(subject: Subject, found: Found, shows: Replay) -> bool:
    """Whether a witness shows the same when storage that is uniform becomes a list of what is read."""
    if not isinstance(found.executions[0].before.storage, Uniform):
        return True
    listed = Rebuilder(subject, found).listed()
    return listed is not None and bool(shows(listed))


@dataclass(frozen=True)
class _Inquiry:
    """A question that no witness at hand answers, put to the solver; see `exists`."""

    subject: Subject
    asked: Asked
    build: Build
    replay: Replay
    shows: Replay
    levels: tuple[Level, ...]
    narrower: Sequence[Build]

    def answer(self) -> Existence:
        """The answer, with a witness if it is yes. Where the instruction reads tables, one that is cheap is looked for
        before a proof that there is none."""
        refuted = self.subject.kindred.refuted
        late = self.subject.reads_tables and self.asked not in refuted
        found = self.plain() or self.standing() if late else None
        if found is not None:
            return found
        question = self.build("abstract")
        if question.claim is self.subject.terms.false:
            self.subject.solver.refuted((*question.premises, question.claim), question.label)
            return Existence(Answer.NO)
        if _refuted(self.subject, question):
            refuted.add(self.asked)
            return Existence(Answer.NO)
        found = (None if late else self.plain()) or self.again()
        if found is not None:
            return found
        for level in (level for level in self.levels if level != "uniform"):
            found = self.search(self.build(level))
            if found is not None and (found.answer is Answer.YES or level == self.levels[-1]):
                return found
        return _unless_general(self.subject, self.build)

    def standing(self) -> Existence | None:
        """A witness with tables and all of storage, if that is cheap, of a question whose states lie in one place; what
        was given up with uniform storage is not."""
        subject = self.subject
        if self.levels != STANDING or any(level == "uniform" for level, _ in subject.given_up):
            return None
        question = self.build("exact")
        all_there = (subject.terms.eq(view.names[SIZE], subject.all_storage) for view in question.views)
        found = self.search(replace(question, premises=(*all_there, *question.premises)), effort=EARLY)
        return found if found is not None and found.answer is Answer.YES else None

    def plain(self) -> Existence | None:
        """A witness where a kindred instruction has its own, or with uniform storage."""
        if self.asked in self.subject.kindred.places:
            level, part = self.subject.kindred.places[self.asked]
            found = self.part(self.build(level), part)
            if found is not None and found.answer is Answer.YES:
                return found
        for easier in (*self.narrower, self.build) if "uniform" in self.levels else ():
            found = self.search(easier("uniform"), whole=easier is self.build)
            if found is not None and found.answer is Answer.YES:
                return found
        return None

    def search(self, question: Question, *, whole: bool = True, effort: int | None = None) -> Existence | None:
        """A witness at the question's level, for one part of the claim after the other; `None` where there is none.
        Those that were given up, also for another question about the instruction, come last. `whole`: it is the
        question itself, not a narrower one."""
        undecided, given_up = None, self.subject.given_up
        for part in sorted(range(len(question.parts) or 1), key=lambda part: (question.level, part) in given_up):
            found = self.part(question, part, effort)
            if found is not None and found.answer is Answer.YES:
                if whole:
                    self.subject.kindred.places[self.asked] = question.level, part
                return found
            if found is not None:
                given_up.add((question.level, part))
            undecided = undecided or found
        return undecided

    def again(self) -> Existence | None:
        """A witness with uniform storage, for parts of the claim that were given up there."""
        waiting = sorted(part for level, part in self.subject.given_up if level == "uniform" in self.levels)
        for part in waiting:
            found = self.part(self.build("uniform"), part, EFFORT["uniform"] // MORE)
            if found is not None and found.answer is Answer.YES:
                return found
        return None

    def part(self, question: Question, number: int, effort: int | None = None) -> Existence | None:
        """A witness for one part of the claim, which may cost one `effort`-th, or what is usual."""
        subject, parts = self.subject, question.parts or (question.claim,)
        if number >= len(parts) or parts[number] is subject.terms.false:
            return None
        question = replace(question, claim=parts[number], parts=())
        loaded = subject.installed_elements(question, (*question.premises, question.claim))
        question = replace(question, premises=(*question.premises, loaded))
        label, effort = f"{question.label} {question.level}", effort or EFFORT.get(question.level, 1)
        session = subject.solver.session((*question.premises, question.claim), label, effort=effort)
        try:
            result = (_uniform if question.level == "uniform" else agreeing)(subject, question, session, self.replay)
        except Undecided as why:
            return Existence(Answer.UNKNOWN, reason=str(why))
        return self.seen(*result) if isinstance(result, tuple) else result

    def seen(self, question: Question, found: Found) -> Existence:
        """The answer yes, if the reference evaluator sees what the witness is to show."""
        found = replayed(self.subject, _roomy(self.subject, found, self.replay))
        parting = self.replay(found)
        if not parting:
            reason = f"internal error: the witness for {question.label!r} does not replay"
            return Existence(Answer.UNKNOWN, reason=reason)
        self.subject.pool.append(found)
        return Existence(Answer.YES, found, parting, shows=self.shows, raw=self.replay)


def _refuted(subject: Subject, question: Question) -> bool:
    """Whether the claim cannot hold: as a whole, or part by part where storage makes it large."""
    parts = (question.parts or (question.claim,)) if subject.reads_tables else (question.claim,)
    checks = (subject.solver.check((*question.premises, part), question.label)[0] for part in parts)
    return all(check == "unsat" for check in checks)


def _roomy(subject: Subject, found: Found, replay: Replay) -> Found:
    """A single state with all the storage that addresses can name, if that shows the same: what is past the end of
    storage no machine has, and few specifications say what an access there does."""
    state = found.executions[0].before.copy()
    if len(found.executions) > 1:
        return found
    state.storage_size = 1 << subject.machine.storage.address
    rebuilder = Rebuilder(subject, found)
    roomy = rebuilder.rebuilt(found.fields, state)
    return roomy if roomy is not None and replay(roomy) and _listable(subject, roomy, replay) else found


def _uniform(
    subject: Subject, question: Question, session: Session, replay: Replay
) -> tuple[Question, Found] | Existence | None:
    """A witness with uniform storage but for the instruction itself; `None` where there is none, or none was found that
    holds where the instruction stands. Of a single state it may stand in what it reads: then one apart is asked for."""
    for single in (len(question.views) == 1, False):
        result = session.check()
        if result == "unknown":
            return Existence(Answer.UNKNOWN, reason=f"solver: {session.reason}")
        if result == "unsat" or session.model is None:
            return None
        if disagreement(subject, question, session.model) is not None:
            return None
        placed = Rebuilder(subject, concretize(subject, question, session.model)).whole()
        if placed is not None and replay(placed) and _listable(subject, placed, replay):
            return question, placed
        if not single:
            return None
        session.add(subject.apart(question.views[0]))
    return None


def _unless_general(subject: Subject, build: Build) -> Existence:
    """No witness with the guest in one region: prove that there is none with any placement."""
    question = build("general")
    result, _, reason = subject.solver.check((*question.premises, question.claim), f"{question.label} general")
    if result == "unsat":
        return Existence(Answer.NO)
    why = f"solver: {reason}" if result == "unknown" else "abstract translation"
    return Existence(Answer.UNKNOWN, reason=why)
