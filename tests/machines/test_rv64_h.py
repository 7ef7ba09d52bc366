"""The hypervisor extension: what instructions do with V = 1, and guests under a monitor that uses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from analyzer import analyze, load
from analyzer.encoding.assembly.assembler import Assembler
from analyzer.encoding.codec import Decoder
from analyzer.language.evaluate import Evaluator, State, initial_state
from analyzer.monitors.session import Session
from analyzer.spec.model import Isa
from analyzer.verdict import Answer

ROOT = Path(__file__).parents[2]
Values = Mapping[str, int]
Example = tuple[str, Values, Values | str]
VS: Values = {"privilege": 1, "virtualization": 1}
VU: Values = {"privilege": 0, "virtualization": 1}
HS: Values = {"privilege": 1}
ALL = (1 << 64) - 1
SECOND: Values = {"hgatp_mode": 8, "gtlb_valid": 1 | 1 << 32, "gtlb[0]": 3 << 5 | 31, "gtlb[32]": 31}

# Volume II, chapter 8: the words of table 7.1 and of section 8.3, fields filled in.
WORDS = [
    ("HLV.B a0, (a1)", 0x6005C573), ("HLV.WU a0, (a1)", 0x6815C573), ("HLVX.HU a0, (a1)", 0x6435C573),
    ("HLV.D a0, (a1)", 0x6C05C573), ("HSV.D a2, (a1)", 0x6EC5C073), ("HFENCE.VVMA", 0x22000073),
    ("HFENCE.GVMA", 0x62000073), ("CSRR a0, hstatus", 0x60002573), ("CSRW vsatp, a0", 0x28051073),
]  # fmt: skip

EXAMPLES: list[Example] = [
    ("CSRR a0, sscratch", {**VS, "sscratch": 1, "vsscratch": 2}, {"gpr[10]": 2}),
    ("CSRR a0, sscratch", {**HS, "sscratch": 1, "vsscratch": 2}, {"gpr[10]": 1}),
    ("CSRR a0, vsscratch", {**HS, "sscratch": 1, "vsscratch": 2}, {"gpr[10]": 2}),
    ("CSRR a0, sscratch", VU, "virtual_instruction"),
    ("CSRR a0, vsscratch", VS, "virtual_instruction"),
    ("CSRR a0, hstatus", VS, "virtual_instruction"),
    ("CSRR a0, hstatus", {"privilege": 0}, "refused"),
    ("CSRR a0, mscratch", VS, "refused"),
    ("CSRW stvec, a0", {**VS, "gpr[10]": 0x1003}, {"vstvec": 0x1001}),
    ("CSRW sepc, a0", {**VS, "gpr[10]": 0x1003}, {"vsepc": 0x1000}),
    ("CSRW scause, a0", {**VS, "gpr[10]": 9}, {"vscause": 9}),
    ("CSRW stval, a0", {**VS, "gpr[10]": 9}, {"vstval": 9}),
    ("CSRW sstatus, a0", {**VS, "gpr[10]": ALL}, {"vs_sie": 1, "vs_spie": 1, "vs_spp": 1, "vs_sum": 1, "vs_mxr": 1}),
    ("CSRR a0, sstatus", {**VS, "vs_sie": 1, "mstatus_spie": 1}, {"gpr[10]": 0x200000002}),
    ("CSRW satp, a0", {**VS, "gpr[10]": 8 << 60 | 5, "tlb_valid": 1, "vtlb_valid": 2},
     {"vsatp_mode": 8, "vsatp_ppn": 5, "vtlb_valid": 0}),
    ("CSRW satp, a0", {**VS, "vtvm": 1}, "virtual_instruction"),
    ("CSRW satp, a0", {**VS, "tvm": 1}, {}),
    ("SFENCE.VMA", {**VS, "tlb_valid": 1, "vtlb_valid": 2}, {"vtlb_valid": 0}),
    ("SFENCE.VMA", {**VS, "vtvm": 1}, "virtual_instruction"),
    ("SFENCE.VMA", {**HS, "tlb_valid": 1, "vtlb_valid": 2}, {"tlb_valid": 0}),
    ("HFENCE.VVMA", {**HS, "vtlb_valid": 2, "gtlb_valid": 4}, {"vtlb_valid": 0}),
    ("HFENCE.GVMA", {**HS, "vtlb_valid": 2, "gtlb_valid": 4}, {"gtlb_valid": 0}),
    ("HFENCE.GVMA", {**HS, "tvm": 1}, "refused"),
    ("HFENCE.VVMA", VS, "virtual_instruction"),
    ("CSRR a0, sie", {**VS, "hie": 7, "hideleg": 1, "sie": 7, "mideleg": 7}, {"gpr[10]": 2}),
    ("CSRW sie, a0", {**VS, "gpr[10]": 0x222, "hideleg": 5}, {"hie": 5}),
    ("CSRR a0, sip", {**VS, "vstip": 1, "vseip": 1, "hideleg": 2}, {"gpr[10]": 0x20}),
    ("CSRW sip, a0", {**VS, "gpr[10]": ALL, "hideleg": 7}, {"vssip": 1}),
    ("CSRR a0, hie", {**HS, "hie": 7}, {"gpr[10]": 0x444}),
    ("CSRW hvip, a0", {**HS, "gpr[10]": ALL}, {"vseip": 1, "vstip": 1, "vssip": 1}),
    ("CSRW hideleg, a0", {**HS, "gpr[10]": ALL}, {"hideleg": 7}),
    ("CSRW hedeleg, a0", {**HS, "gpr[10]": ALL}, {"hedeleg": 0xB1FF}),
    ("CSRW medeleg, a0", {"privilege": 3, "gpr[10]": ALL}, {"medeleg": 0xF0B7FF}),
    ("CSRR a0, time", {**VS, "mtime": 5, "htimedelta": 2, "mcounteren": 7, "hcounteren": 7}, {"gpr[10]": 7}),
    ("CSRR a0, time", {**VS, "mcounteren": 7}, "virtual_instruction"),
    ("CSRR a0, time", {**VS, "hcounteren": 7}, "refused"),
    ("CSRR a0, time", {**VU, "mcounteren": 7, "hcounteren": 7}, "virtual_instruction"),
    ("SRET", {**VS, "vsepc": 0x200, "vs_spie": 1}, {"pc": 0x200, "privilege": 0, "vs_sie": 1}),
    ("SRET", {**VS, "vtsr": 1}, "virtual_instruction"),
    ("SRET", {**HS, "sepc": 0x200, "spv": 1, "spp": 1},
     {"pc": 0x200, "virtualization": 1, "spv": 0, "spp": 0, "mstatus_spie": 1}),
    ("MRET", {"privilege": 3, "mepc": 0x200, "mpv": 1, "mpp": 1},
     {"pc": 0x200, "privilege": 1, "virtualization": 1, "mpv": 0, "mpp": 0, "mstatus_mpie": 1}),
    ("MRET", {"privilege": 3, "mepc": 0x200, "mpv": 1, "mpp": 3}, {"pc": 0x200, "mpv": 0, "mpp": 0, "mstatus_mpie": 1}),
    ("WFI", {**VS, "vtw": 1}, "virtual_instruction"),
    ("WFI", {**VS, "vtw": 1, "tw": 1}, "refused"),
    ("WFI", VU, "virtual_instruction"),
    ("WFI", VS, {"waiting": 1}),
    ("HLV.BU a0, (a1)", {**HS, **SECOND, "gpr[11]": 0x10, "real[12304]": 9}, {"gpr[10]": 9}),
    ("HLV.BU a0, (a1)", {**HS, **SECOND, "gpr[11]": 0x1000}, f"gtlb_miss {0x1000} 0 {0x1000}"),
    ("HLV.BU a0, (a1)", {"privilege": 0}, "refused"),
    ("HLV.BU a0, (a1)", {"privilege": 0, "hu": 1, **SECOND, "gpr[11]": 0x10, "real[12304]": 9}, {"gpr[10]": 9}),
    ("HLV.BU a0, (a1)", VS, "virtual_instruction"),
    ("HSV.B a0, (a1)", {**HS, **SECOND, "gpr[10]": 9, "gpr[11]": 0x10}, {"real[12304]": 9}),
    ("HLVX.HU a0, (a1)", {**HS, **SECOND, "gtlb[0]": 3 << 5 | 0b01001, "gpr[11]": 0x10},
     f"guest_page_fault {0x10} 0 {0x10}"),
    ("HLVX.HU a0, (a1)", {**HS, **SECOND, "gtlb[0]": 3 << 5 | 0b01100, "gpr[11]": 0x10, "real[12304]": 9},
     {"gpr[10]": 9}),
    ("LBU a0, (a1)", {**VS, **SECOND, "gpr[11]": 0x10, "real[12304]": 9}, {"gpr[10]": 9}),
    ("LBU a0, (a1)", {**VS, **SECOND, "gpr[11]": 1 << 41}, f"guest_page_fault {1 << 41} 0 {1 << 41}"),
    ("LBU a0, (a1)", {"privilege": 3, "mprv": 1, "mpv": 1, "mpp": 1, **SECOND, "gpr[11]": 0x10, "real[12304]": 9},
     {"gpr[10]": 9}),
]  # fmt: skip


@cache
def machine() -> tuple[Isa, Assembler, Decoder]:
    isa = load("rv64-h")
    return isa, Assembler(isa), Decoder(isa)


def code(text: str) -> list[int]:
    """The bytes of an instruction at 100H."""
    units = machine()[1].assemble(f".org 0x100\n{text}\n", "example.s").units
    return [units[place] for place in sorted(units)]


def state(values: Values) -> State:
    """HS-mode at 100H, except for `values`."""
    result = initial_state(machine()[0].machine, 0x10000)
    for name, value in {"pc": 0x100, **values}.items():
        component, _, index = name.rstrip("]").partition("[")
        if component == "real":
            result.storage[int(index)] = value
        elif index:
            result.files[component][int(index)] = value
        else:
            assert name in result.registers, name
            result.registers[name] = value
    return result


def plain(result: State) -> dict[str, int]:
    """A state to compare; what is 0 does not count."""
    parts = dict(result.registers)
    parts |= {f"real[{place}]": value for place, value in result.storage.items()}
    parts |= {f"{name}[{i}]": value for name, file in result.files.items() for i, value in file.items()}
    return {name: value for name, value in parts.items() if value}


@pytest.mark.parametrize(("text", "word"), WORDS)
def test_words(text: str, word: int) -> None:
    assert int.from_bytes(bytes(code(text)), "little") == word


@pytest.mark.parametrize(("text", "before", "after"), EXAMPLES, ids=lambda value: str(value)[:40])
def test_examples(text: str, before: Values, after: Values | str) -> None:
    """Each instruction does what the manual says, and nothing else."""
    isa, _, decoder = machine()
    decoded, given = decoder.decode(code(text)), state(before)
    assert decoded is not None
    outcome = Evaluator(isa.machine).run(isa.instruction(decoded[0]).body, decoded[1], given)
    if isinstance(after, str):
        assert outcome.kind == "traps"
        assert " ".join([outcome.trap, *map(str, outcome.args)]) == after
    else:
        assert outcome.kind == "completes"
        assert plain(outcome.state) == plain(state({**before, "pc": 0x104, **after}))


def test_lint() -> None:
    assert not machine()[0].warnings


def test_a_hypervisor_and_its_guest() -> None:
    """Two stages of translation, exceptions of a guest and its own ones, HLV and HSV, on the bare machine."""
    isa, assembler, _ = machine()
    program = assembler.assemble((ROOT / "isa_specs/rv64-h/programs/hypervisor.s").read_text(), "hypervisor.s")
    (run,) = Session(isa, isa.monitors["hypervisor"]).run([program])
    assert run.passed
    assert run.ended == "halted"


@pytest.mark.parametrize("name", ["os", "paging", "traps", "firmware"])
def test_guests_of_rv64_under_a_hypervisor(name: str) -> None:
    """They end as on the bare machine, with fewer exits than in user mode."""
    isa, assembler, _ = machine()
    program = assembler.assemble((ROOT / f"isa_specs/rv64/programs/{name}.s").read_text(), f"{name}.s")
    runs = [Session(isa, isa.monitors[m], "trap-and-emulate").run([program])[0] for m in isa.monitors]
    assert all(run.passed and run.ended == "halted" for run in runs)
    classical, _, hypervisor = (sum(run.exits.values()) for run in runs)
    assert hypervisor <= classical + runs[2].exits.get("vs_tlb_miss", 0)


def test_a_sample_of_the_verdicts() -> None:
    """What the extension lets a virtual supervisor do by itself is critical, and runs directly all the same."""
    sample = ("CSR sscratch", "CSR satp", "SFENCE.VMA", "SRET", "HLV.B", "CSR hstatus", "LD")
    result = analyze(machine()[0], only=sample, monitor="hypervisor", models=("extended",))
    rows = {row.name: row for row in result.extended.instructions}
    assert {name for name, row in rows.items() if row.critical is Answer.YES} == set(sample[:3])
    assert {name for name, row in rows.items() if row.privileged is Answer.YES} == set(sample[3:6])
    exact = {row.name: row.trap_and_emulate for row in result.exact.instructions}
    assert {name for name, answer in exact.items() if answer == "direct"} == {*sample[:3], "LD"}


BY_ITSELF = {
    f"CSR s{name}" for name in ("status", "ie", "tvec", "counteren", "envcfg", "scratch", "epc", "cause", "tval")
}
BY_ITSELF |= {"CSR sip", "CSR satp", "SFENCE.VMA"}


def test_the_report() -> None:
    """What chapter 8 lets VS-mode do by itself is critical under the hypervisor, and not wrong; under monitors that
    use U-mode the extension changes nothing."""
    results = json.loads((ROOT / "reports/rv64-h/report.json").read_text())["results"]
    assert [result["monitor"] for result in results] == ["supervisor_guest", "machine_firmware", "hypervisor"]
    for result in results:
        expected = BY_ITSELF if result["monitor"] == "hypervisor" else set()
        for model in result["models"].values():
            assert {row["name"] for row in model["instructions"] if row["critical"] == "yes"} == expected
        assert {row["trap_and_emulate"] for row in result["exact"]["instructions"]} == {"direct", "traps"}
