"""The front end of the language: texts in, typed IR out, everything wrong reported."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import partial

from analyzer.diagnostics import Diagnostics, did_you_mean
from analyzer.language.declarations import Component, Function, Parameter
from analyzer.language.effects import EffectAnalysis, called_functions
from analyzer.language.expressions import ExpressionChecker
from analyzer.language.ir import Block, Expr
from analyzer.language.names import RESERVED, Names
from analyzer.language.scope import Reporter, Scope, Signature, parse
from analyzer.language.source import SourceText
from analyzer.language.statements import StatementChecker

__all__ = ["Scope", "check_block", "check_expression", "check_functions", "collect_functions"]


def collect_functions(source: SourceText, scope: Scope, diagnostics: Diagnostics, *, replace: bool = False) -> None:
    """Register the functions that a text defines, bodies unchecked. `replace`: a variant may define a name anew."""
    tree = parse(source, diagnostics)
    if not isinstance(tree, ast.Module):
        return
    report = Reporter(source, diagnostics)
    seen: set[str] = set()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            report.error(node, "not-a-function", "only function definitions may stand here", "def name(a: 8) -> 8:")
            continue
        if node.name in seen or (node.name in scope.signatures and not replace):
            report.error(node, "duplicate-name", f"function '{node.name}' is defined twice", "remove one of them")
            continue
        taken = node.name in RESERVED or node.name in scope.components or node.name in scope.spaces
        if taken or node.name in scope.uninterpreted or node.name in scope.constants:
            report.error(node, "duplicate-name", f"'{node.name}' already means something else", "choose another name")
            continue
        seen.add(node.name)
        signature = _signature(node, source, scope, report)
        if signature is not None:
            scope.signatures[node.name] = signature


def _signature(node: ast.FunctionDef, source: SourceText, scope: Scope, report: Reporter) -> Signature | None:
    arguments = node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults or node.decorator_list:
        report.error(node, "unsupported-syntax", "parameters are plain names with widths", "def name(a: 8) -> 8:")
        return None
    parameters = [_parameter(arg, scope, report) for arg in arguments.args]
    results = _results(node.returns, scope, report)
    if results is None or any(parameter is None for parameter in parameters):
        return None
    names = [arg.arg for arg in arguments.args]
    for arg in arguments.args:
        if names.count(arg.arg) > 1 or arg.arg in scope.components or arg.arg in RESERVED:
            report.error(arg, "duplicate-name", f"parameter '{arg.arg}' already means something else", "rename it")
            return None
    return Signature(node.name, tuple(p for p in parameters if p), results, node, source, report.span(node))


def _parameter(arg: ast.arg, scope: Scope, report: Reporter) -> Parameter | None:
    match arg.annotation:
        case ast.Constant(value=int(width)) if 1 <= width <= 4096:
            return Parameter(arg.arg, width)
        case ast.Name(id=name) if name in scope.operands:
            return Parameter(arg.arg, 0, name)
        case ast.Name(id=name):
            hint = did_you_mean(name, scope.operands, "annotate with a width in bits")
            report.error(arg, "unknown-name", f"'{name}' is no operand class", hint)
        case _:
            report.error(arg, "bad-width", f"parameter '{arg.arg}' needs a width in bits", f"{arg.arg}: 8")
    return None


def _results(node: ast.expr | None, scope: Scope, report: Reporter) -> tuple[int, ...] | None:
    if node is None:
        return ()
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    widths = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, int)]
    if len(widths) != len(parts) or any(not 1 <= width <= 4096 for width in widths):
        report.error(node, "bad-width", "the result is a width in bits, or several", "-> 8, or -> (8, 1)")
        return None
    return tuple(widths)


def check_functions(scope: Scope, diagnostics: Diagnostics) -> dict[str, Function]:
    """Type the bodies of all registered functions and refuse recursion; also left in `scope.functions`."""
    for signature in scope.signatures.values():
        names = Names(parameters=signature.parameters, site=signature.name)
        checker = StatementChecker(scope, names, Reporter(signature.source, diagnostics))
        checker.results = signature.results
        body, ends = checker.block(signature.definition.body)
        if signature.results and not ends:
            message = f"{signature.name}() may end without a result"
            checker.fail(signature.definition, "missing-return", message, "return on every path")
        scope.functions[signature.name] = Function(
            signature.name, signature.parameters, signature.results, body, signature.span
        )
    _refuse_recursion(scope, diagnostics)
    _check_loops(scope, diagnostics)
    return scope.functions


def _refuse_recursion(scope: Scope, diagnostics: Diagnostics) -> None:
    callees = {name: set(called_functions(function.body)) for name, function in scope.functions.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            cycle = " -> ".join((*path[path.index(name) :], name))
            span = scope.functions[name].span
            diagnostics.error(span, "recursion", f"functions call each other: {cycle}", "unroll with for i in range(n)")
            return
        if name not in done and name in callees:
            for callee in sorted(callees[name]):
                visit(callee, (*path, name))
            done.add(name)

    for name in callees:
        visit(name, ())


def _check_loops(scope: Scope, diagnostics: Diagnostics) -> None:
    """`while` may write locals only and trap only by reading storage."""
    analysis = EffectAnalysis(scope.functions, scope.operands)
    for loop, span, context in scope.loops:
        effects = analysis.block(loop.body) | analysis.block(loop.condition)
        written = sorted(effects.writes | effects.stores)
        bad_marks = effects.marks & {"commit", "again", "execute", "trap_after"}
        if written or effects.traps or bad_marks:
            what = f"writes {', '.join(written)}" if written else f"does {', '.join(sorted(effects.traps | bad_marks))}"
            hint = "a while may write locals only; use again() for steps"
            diagnostics.error(span, "while-effect", f"this while {what}", hint, context)
    scope.loops.clear()


def check_block(
    source: SourceText,
    scope: Scope,
    diagnostics: Diagnostics,
    *,
    fields: Mapping[str, int],
    operands: Mapping[str, str],
    args: Mapping[str, int] | None = None,
    used: set[str] | None = None,
) -> Block:
    """Type the semantics of an instruction, or the trap sequence of a trap kind whose values are `args`.

    `used` collects the names that the text mentions.
    """
    tree = parse(source, diagnostics)
    if not isinstance(tree, ast.Module):
        return ()
    parameters = tuple(Parameter(name, width) for name, width in (args or {}).items())
    names = Names(fields=fields, operands=operands, parameters=parameters)
    if used is not None:
        names.used = used
    block, _ = StatementChecker(scope, names, Reporter(source, diagnostics)).block(tree.body)
    _check_loops(scope, diagnostics)
    return block


def check_expression(
    source: SourceText,
    scope: Scope,
    diagnostics: Diagnostics,
    width: int,
    *,
    names: Mapping[str, Expr],
    files: Mapping[str, Component] | None = None,
    bare: bool = True,
    site: str = "",
) -> Expr | None:
    """Type one expression of `width` bits.

    `names` are further names (dotted ones too), `files` dotted names of register files; `bare` allows the machine's
    own components and spaces. `site` tells the open values of this text from those of others.
    """
    tree = parse(source, diagnostics, "eval")
    if not isinstance(tree, ast.Expression):
        return None
    context = Names(extra=names, files=files or {}, bare=bare, site=site)
    checker = ExpressionChecker(scope, context, Reporter(source, diagnostics))
    return checker.attempt(partial(checker.expression, tree.body, width))
