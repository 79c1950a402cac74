"""`cxd agents VERB`: agents in environments, the AIQ test, exact optima."""

from __future__ import annotations

from cyclopts import App

from complexodynamics.commands.agents.aiq import aiq
from complexodynamics.commands.agents.environments import environments, solve
from complexodynamics.commands.agents.run import run

__all__ = ["app"]

app = App(name="agents", help="How well does an agent act that knows nothing but the interface?")
for _verb in (run, aiq, environments, solve):
    app.command(_verb)
