"""A second solver for queries that Z3 has answered."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.diagnostics import InternalError


def confirmer(name: str | None) -> Callable[[str], str] | None:
    """A function from SMT-LIB 2 text to `sat`, `unsat` or `unknown`; `None` for no second solver."""
    return None if name is None else SOLVERS[name]


def _bitwuzla(text: str) -> str:
    try:
        import bitwuzla
    except ImportError as missing:
        raise InternalError("bitwuzla is not installed: pip install 'vmmcheck[confirm]'") from missing
    manager = bitwuzla.TermManager()
    parser = bitwuzla.Parser(manager, bitwuzla.Options())
    parser.parse(text, True, False)
    return str(parser.bitwuzla().check_sat()).lower().rsplit(".", 1)[-1]


def _cvc5(text: str) -> str:
    try:
        import cvc5
    except ImportError as missing:
        raise InternalError("cvc5 is not installed: pip install 'vmmcheck[confirm]'") from missing
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "query")
    symbols = parser.getSymbolManager()
    answer = "unknown"
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return answer
        answer = (command.invoke(solver, symbols) or "").strip() or answer


SOLVERS: dict[str, Callable[[str], str]] = {"bitwuzla": _bitwuzla, "cvc5": _cvc5}
