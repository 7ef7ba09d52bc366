"""A machine of three instructions and its analysis, written by hand, for renderers to render."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analyzer.diagnostics import Span
from analyzer.language.declarations import Body, Component, Machine, Space
from analyzer.language.ir import Const
from analyzer.report.model import Report, build
from analyzer.spec.model import Instruction, Isa, Mode, Monitor, Simulation
from analyzer.verdict import (
    Analysis,
    Answer,
    Exact,
    ExactResult,
    InstructionResult,
    ModelResult,
    RelationCheck,
    Run,
    SoundnessResult,
    SourceRef,
    Statistics,
    TheoremResult,
    Theorems,
    Witness,
)

YES, NO = Answer.YES, Answer.NO
NAMES = ("ADD", "RDM", "JRST 1")
SPAN = Span("instructions.yaml", 7, 3)


def instruction(name: str) -> Instruction:
    return Instruction(
        name=name,
        mnemonic=name.split()[0],
        encodings=(),
        body=Body({}, {}, Const(1, 8), ()),
        summary=f"What {name} does.",
        source="manual, 2.7",
        syntax=(),
        file="instructions.yaml",
        span=SPAN,
        text="pass",
    )


def isa(names: tuple[str, ...] = NAMES, name: str = "toy") -> Isa:
    machine = Machine(
        bit_order="lsb0",
        components={"pc": Component("pc", 8, "pc"), "user": Component("user", 1, "mode")},
        spaces={"real": Space("real", 8, 8, "storage"), "mem": Space("mem", 8, 8, "program")},
        traps={},
        uninterpreted={},
        constants={},
        operands={},
        functions={},
    )
    return Isa(
        name=name,
        title="A toy",
        description="",
        sources={},
        folder=Path("toy"),
        machine=machine,
        modes={
            "system": Mode("system", "supervisor", {"user": 0}),
            "user": Mode("user", "user", {"user": 1}),
        },
        invariants=(),
        invariants_text=(),
        monitors={"default": Monitor("default", "A guest.", {}, (), "true", {}, {}, SPAN)},
        instructions=tuple(instruction(each) for each in names),
        simulation=Simulation(8, {}, None, None, None),
    )


CHANGES_MODE = Witness(
    question="control_sensitive",
    fields={"y": 0},
    encoding="fa00",
    runs=(Run("system", {"pc": 0, "user": 0}, {"pc": 18, "user": 1}, "completes"),),
    parting=("user",),
)
READS_MODE = Witness(
    question="mode_sensitive",
    fields={},
    encoding="01",
    runs=(
        Run("system", {"pc": 0, "acc": 0}, {"pc": 1, "acc": 0}, "completes"),
        Run("user", {"pc": 0, "acc": 0}, {"pc": 1, "acc": 1}, "completes"),
    ),
    parting=("acc",),
    placement={"base": 16, "size": 8, "real size": 32},
)


def innocuous(name: str) -> InstructionResult:
    return InstructionResult(
        name=name,
        mnemonic=name.split()[0],
        source=SourceRef("instructions.yaml", 7),
        privileged=NO,
        control_sensitive=NO,
        behavior_sensitive=NO,
        mode_sensitive=NO,
        location_sensitive=NO,
        configuration_sensitive=NO,
        sensitive=NO,
        critical=NO,
        user_sensitive=NO,
        supervisor_sensitive=NO,
        user_critical=NO,
    )


RDM = replace(
    innocuous("RDM"),
    behavior_sensitive=YES,
    mode_sensitive=YES,
    sensitive=YES,
    critical=YES,
    supervisor_sensitive=YES,
    witnesses={
        "behavior_sensitive": replace(READS_MODE, question="behavior_sensitive"),
        "mode_sensitive": READS_MODE,
    },
)
JRST_1 = replace(
    innocuous("JRST 1"),
    control_sensitive=YES,
    sensitive=YES,
    critical=YES,
    supervisor_sensitive=YES,
    changes=("user",),
    witnesses={"control_sensitive": CHANGES_MODE},
)
THEOREMS = Theorems(TheoremResult(NO, ("RDM", "JRST 1")), TheoremResult(NO), TheoremResult(YES))
EXACT = Exact(
    trap_and_emulate=SoundnessResult(NO, ("RDM", "JRST 1")),
    hybrid=SoundnessResult(YES),
    instructions=(
        ExactResult("ADD", "direct", "direct"),
        ExactResult("RDM", "wrong", "direct", {"trap_and_emulate": READS_MODE}),
        ExactResult("JRST 1", "wrong", "direct", {"trap_and_emulate": replace(CHANGES_MODE, why="It is so.")}),
    ),
)


def analysis() -> Analysis:
    model = ModelResult(THEOREMS, (innocuous("ADD"), RDM, JRST_1))
    return Analysis(
        isa="toy",
        title="A toy",
        monitor="default",
        reading="standard",
        relation="true",
        assumptions=("traps are precise",),
        relation_check=RelationCheck(YES),
        models={"pg1974": model, "extended": model},
        exact=EXACT,
        statistics=Statistics(10, 3, 0.5, 0.75, (("RDM", 0.25),)),
    )


def report() -> Report:
    return build(isa(), analysis())


def analysis_of(machine: Isa, answer: Answer = YES, only: Sequence[str] = ()) -> Analysis:
    """An analysis in which every instruction is innocuous and every theorem is answered with `answer`."""
    names = [row.name for row in machine.instructions if not only or row.name in only]
    unknown = {} if answer.decided else {"critical": "resource limit"}
    rows = (innocuous(name) for name in names)
    critical = Answer.NO if answer.decided else answer
    holds = TheoremResult(answer)
    model = ModelResult(
        Theorems(holds, holds, holds),
        tuple(replace(row, critical=critical, unknown_reasons=unknown) for row in rows),
    )
    sound = SoundnessResult(answer)
    return replace(
        analysis(),
        isa=machine.name,
        monitor=next(iter(machine.monitors)),
        models={"pg1974": model, "extended": model},
        exact=Exact(sound, sound, tuple(ExactResult(name, "direct", "direct") for name in names)),
    )
