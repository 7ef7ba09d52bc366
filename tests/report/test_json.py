"""The JSON output: the contract's names, its schema, the same bytes for the same result."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from analyzer.diagnostics import Diagnostic, Span
from analyzer.monitors.session import GuestRun
from analyzer.remedies.dependencies import Path
from analyzer.report import schema
from analyzer.report.compare import compare
from analyzer.report.graph import Dependencies, Edge, Node
from analyzer.report.json import SCHEMA, render
from analyzer.report.model import Report, build, without_cost
from analyzer.report.results import Lint, Shipped
from analyzer.validation.fixed import Applied, Bit, Fix, Patch, Ran, Setting, Workload
from analyzer.validation.results import Check, counted
from analyzer.verdict import Answer, Statistics
from tests.report import fakes

YES, NO = Answer.YES, Answer.NO
PART = build(fakes.isa((*fakes.NAMES, "SUB")), fakes.analysis())
OTHER = build(fakes.isa(("ADD", "SUB")), fakes.analysis_of(fakes.isa(("ADD", "SUB"))))
SMALL = build(fakes.isa(), replace(fakes.analysis(), models={"extended": fakes.analysis().extended}))
SETTING = Setting("true", YES, (Bit("tsd", "real.tsd == 1", "1", ("ADD",)),), ("ADD",), (), (), YES)
FIXED = Fix(
    isa="toy", monitor="default", total=YES, vmm=("ADD",), hvmm=(), unsure=(), privileged=(),
    applied=(Applied("ADD", "trap", "traps", NO, "wrong", 1, 2.5, "because"),),
    workloads=(Workload("trap", NO, 2, ("p",), 7, {"trap": 142.857}, 1.5),), cheapest="", setting=SETTING,
    program="p", patches=(Patch(2, "ADD", 1, (3, 4), (5,)),), unfit=("ADD at 0x9",),
)  # fmt: skip
RAN = Ran("trap", "p", False, 1, 1, {}, {})
USER = Node("component:user", "component", "user", "mode", hidden=True)
RDM = Node("instruction:RDM", "instruction", "RDM")
PATH = Path("behavior", ("user",), "RDM", ("gpr",))
PAYLOADS: dict[str, list[object]] = {
    "check": [fakes.report(), PART, SMALL],
    "explain": [PART],
    "compare": [compare(fakes.report(), OTHER)],
    "lint": [Lint("toy", (Diagnostic(Span("toy/machine.yaml", 1, 2), "unused", "not used"),)), Lint("other", ())],
    "list": [Shipped("toy", "A toy")],
    "run": [GuestRun("p", "bare", "halted", "", 3, 2, 1, 0, {"svc": 1}, {}, 0.0, "A", {"acc[1]": 2}, ("expected",))],
    "validate": [counted("toy", "default", [Check("guest", "p", "hybrid", 7, True), Check("witness", "ADD", "", 1)])],
    "fix": [FIXED, replace(FIXED, setting=None, program="", hypercalls="text", ran=(RAN,), specifications={"a": "b"})],
    "graph": [Dependencies("toy", (USER, RDM), (Edge(USER.id, RDM.id, "reads", ("psw()",)),), (PATH,))],
}


def parsed(command: str, *results: object) -> Any:
    return json.loads(render(command, results))


def test_the_shipped_schema_is_the_one_of_the_code(accept: bool) -> None:
    if accept:
        schema.PATH.write_text(schema.text(), encoding="utf-8")
    assert schema.PATH.read_text(encoding="utf-8") == schema.text(), "run `make reports` to accept the change"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("command", schema.RESULTS)
def test_every_command_keeps_the_schema(command: str) -> None:
    jsonschema.validate(parsed(command, *PAYLOADS[command]), schema.schema())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda out: out.update(extra=1),
        lambda out: out.update(schema="vmmcheck/0"),
        lambda out: out.update(command="fix"),
        lambda out: out["results"][0].pop("relation"),
        lambda out: out["results"][0].update(time=1),
        lambda out: out["results"][0]["models"]["extended"]["instructions"][0].update(critical="maybe"),
        lambda out: out["results"][0]["models"]["extended"]["instructions"][0].pop("changes"),
    ],
)
def test_the_schema_refuses_what_is_not_in_the_contract(spoil: Any) -> None:
    out = parsed("check", fakes.report())
    spoil(out)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(out, schema.schema())


def test_names_are_those_of_the_contract() -> None:
    out = parsed("check", without_cost(fakes.report()))
    assert list(out) == ["schema", "command", "results"]
    assert out["schema"] == SCHEMA
    (result,) = out["results"]
    assert {"isa", "monitor", "reading", "relation", "assumptions", "models", "exact"} <= result.keys()
    assert result["models"]["pg1974"]["theorems"]["vmm"]["critical"] == ["RDM", "JRST 1"]
    instruction = result["models"]["extended"]["instructions"][2]
    assert (instruction["name"], instruction["control_sensitive"]) == ("JRST 1", "yes")
    assert instruction["source"] == {"file": "instructions.yaml", "line": 7}
    assert result["exact"]["instructions"][0] == {"name": "ADD", "trap_and_emulate": "direct", "hybrid": "direct"}


def test_what_was_not_computed_is_absent() -> None:
    (result,) = parsed("check", without_cost(PART))["results"]
    assert "statistics" not in result
    assert "theorems" not in result["models"]["pg1974"]
    assert list(result["exact"]) == ["instructions"]
    assert list(parsed("check", SMALL)["results"][0]["models"]) == ["extended"]
    (run,) = result["models"]["extended"]["instructions"][2]["witnesses"]["control_sensitive"]["runs"]
    assert "trap" not in run
    assert "null" not in render("check", [PART, SMALL])


def timed(seconds: float) -> Report:
    statistics = Statistics(10, 3, seconds, seconds)
    return replace(fakes.report(), analysis=replace(fakes.analysis(), statistics=statistics))


def test_without_the_cost_the_same_result_gives_the_same_bytes() -> None:
    fast, slow = (timed(seconds) for seconds in (1.0, 2.0))
    assert render("check", [fast]) != render("check", [slow])
    assert render("check", [without_cost(fast)]) == render("check", [without_cost(slow)])


def test_what_is_written_to_files_is_not_in_the_contract() -> None:
    for result in parsed("fix", *PAYLOADS["fix"])["results"]:
        assert not {"hypercalls", "ran", "specifications"} & result.keys()
    first, second = parsed("fix", *PAYLOADS["fix"])["results"]
    assert first["applied"][0]["proved"] == "no"
    assert first.keys() - second.keys() == {"setting", "program"}


def test_the_whole_state_of_a_run_is_not_in_the_contract() -> None:
    assert "start" not in schema.schema()["$defs"]["Run"]["properties"]
    assert "Start" not in schema.schema()["$defs"]
