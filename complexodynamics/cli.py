"""The `cxd` command: dispatch, help that costs nothing, and errors of one line."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Literal, get_origin

from complexodynamics import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "coffee": (
        "complexodynamics.commands.coffee:coffee",
        "Simulate the coffee automaton: its entropy and complexity.",
    ),
    "ca": (
        "complexodynamics.commands.ca:ca",
        "Run a cellular automaton, by its rule, and count its bits.",
    ),
    "sweep": (
        "complexodynamics.commands.sweep:sweep",
        "Run a simulation over a grid of parameters, in parallel.",
    ),
    "measure": (
        "complexodynamics.commands.measure:measure",
        "How many bits do files take, by every code, against shuffles?",
    ),
    "randomness": (
        "complexodynamics.commands.randomness:randomness",
        "Is a file random: SP 800-22, codes and bets, one verdict.",
    ),
    "distance": (
        "complexodynamics.commands.distance:distance",
        "Compare files by the normalised compression distance; a tree.",
    ),
    "mdl": (
        "complexodynamics.commands.mdl:app",
        "Which explanation of data is shortest: histogram, markov, ...",
    ),
    "agents": (
        "complexodynamics.commands.agents:app",
        "How well do agents act: against exact optima, and the AIQ test.",
    ),
    "describe": (
        "complexodynamics.commands.describe:describe",
        "How many bits is a trained network, by every code, decoded?",
    ),
    "papers": (
        "complexodynamics.commands.papers:papers",
        "The works of the reading list, and what their runs showed.",
    ),
    "paper": (
        "complexodynamics.commands.paper:paper",
        "Run a work of the reading list: its claim judged, bits counted.",
    ),
    "report": (
        "complexodynamics.commands.report:report",
        "Write what the runs of the reading list showed as one HTML page.",
    ),
    "cite": (
        "complexodynamics.commands.cite:cite",
        "Print the BibTeX of works of the reading list.",
    ),
    "machine": (
        "complexodynamics.commands.machine:app",
        "Tiny universal machines: all short programs, Omega, the prior.",
    ),
    "codes": (
        "complexodynamics.commands.codes:codes",
        "List the codes that can be named with --code.",
    ),
}
"""Name -> (where the function is, one line of help)."""

_BAD_INPUT, _INTERRUPTED = 2, 130


def main(arguments: list[str] | None = None) -> None:
    """Run `cxd` and exit: 0 on success, 130 on an interrupt, 2 on bad input or a lost process."""
    if isinstance(sys.stdout, TextIOWrapper):  # what it cannot show, as names that are not UTF-8
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(_run(sys.argv[1:] if arguments is None else arguments))


def _run(arguments: list[str]) -> int:
    try:
        _answer(arguments)
        sys.stdout.flush()  # a reader that has gone is noticed here, not by the interpreter's end
    except KeyboardInterrupt as stop:
        return _say(str(stop) or "interrupted", _INTERRUPTED)
    except BrokenPipeError:
        # the reader has gone; keep the interpreter's own flush from complaining
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # a worker that was killed, and what a user's own module raises, are RuntimeErrors
    except (
        ValueError, TypeError, KeyError, OSError, ImportError, MemoryError, RuntimeError,
    ) as error:  # fmt: skip
        if os.environ.get("CXD_TRACEBACK"):
            raise
        return _say(_one_line(error), _BAD_INPUT)
    return 0


def _answer(arguments: list[str]) -> None:
    if not arguments or arguments in (["--help"], ["-h"], ["help"]):
        print(_help())
    elif arguments in (["--version"], ["-V"]):
        print(__version__)
    else:
        _dispatch([*arguments[1:], "--help"] if arguments[0] == "help" else arguments)


def _help() -> str:
    width = max(map(len, COMMANDS)) + 3
    rows = [f"  {name:<{width}}{line}" for name, (_, line) in COMMANDS.items()]
    return "\n".join(
        [
            f"cxd {__version__}: how many bits?",
            "",
            "Usage: cxd COMMAND [OPTIONS]",
            "",
            "Commands:",
            *rows,
            "",
            "Options:",
            f"  {'--help':<23}Show this, or the help of a command: cxd COMMAND --help",
            f"  {'--version':<23}Show the version",
            f"  {'--install-completion':<23}Make the shell complete commands and options",
        ]
    )


def _dispatch(arguments: list[str]) -> None:
    # no command gains from BLAS threads, and starting them costs 0.1 s; a user's own choice wins
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

    from complexodynamics.output import terminal

    helps = len(arguments) == 1 or not {"--help", "-h"}.isdisjoint(arguments)
    app = App(
        name="cxd",
        version=__version__,
        default_parameter=Parameter(negative="", converter=_converted),
        suppress_keyboard_interrupt=False,
        console=terminal() if helps else None,  # rich costs time, and most commands print no help
    )
    for name, (where, _) in COMMANDS.items():
        app.command(where, name=name)
    app.register_install_completion_command()
    try:
        app(arguments, exit_on_error=False, print_error=False)
    except UnusedCliTokensError as error:
        raise ValueError(f"unexpected: {' '.join(error.unused_tokens or [])}") from None
    except CycloptsError as error:
        raise ValueError(_plain(error)) from None


def _converted(wanted: Any, tokens: Sequence[Any]) -> Any:
    """A value from the command line.

    Choices are for help and completion; the front doors refuse others, and say what is near. By
    itself cyclopts would round 16.5 to an integer.
    """
    from cyclopts import convert

    if get_origin(wanted) is Literal:
        return tokens[0].value
    if wanted is int:
        for token in tokens:
            if "." in token.value:
                raise ValueError(f"got {token.value!r}, accepted is an integer")
    return convert(wanted, tokens)


def _plain(error: Exception) -> str:
    from cyclopts import MissingArgumentError

    if (
        isinstance(error, MissingArgumentError)
        and (wanted := error.argument) is not None
        and wanted.index is not None
        and not wanted.tokens
    ):  # cyclopts would ask for --file
        chain, name = " ".join(error.command_chain or ()), wanted.name.lstrip("-").upper()
        return f"{chain}: {name} is missing; see cxd {chain} --help"
    text = " ".join(str(error).split())
    return text if text else type(error).__name__


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return " ".join(str(error).split()) or type(error).__name__


def _say(message: str, status: int) -> int:
    print(f"cxd: {message}", file=sys.stderr)
    return status
