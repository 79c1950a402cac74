"""Settings of the whole suite."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from complexodynamics import cli

# first calls compile; and where a run must not depend on luck, it does not
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# a background job inherits that interrupts are ignored; commands that tests start are to see them
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """Work in an empty folder, on a terminal of 100 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("CXD_TRACEBACK", raising=False)


@pytest.fixture
def cxd(capsys, own_folder):
    """Run a command in this process: (exit status, standard output, standard error)."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main([str(argument) for argument in arguments])
        assert isinstance(stop.value.code, int)
        return stop.value.code, *capsys.readouterr()

    return run
