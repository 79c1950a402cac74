"""What runs a paper: arms by seeds in parallel, claims judged with intervals, results as files."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.engine.judgement import Judgement as Judgement
    from neural.engine.judgement import Verdict as Verdict
    from neural.engine.judgement import judge as judge
    from neural.engine.judgement import overall as overall
    from neural.engine.ledger import Cell as Cell
    from neural.engine.ledger import Ledger as Ledger
    from neural.engine.paper import SCALES as SCALES
    from neural.engine.paper import Arm as Arm
    from neural.engine.paper import Check as Check
    from neural.engine.paper import Outcome as Outcome
    from neural.engine.paper import Paper as Paper
    from neural.engine.paper import Reference as Reference
    from neural.engine.paper import Trial as Trial
    from neural.engine.result import PaperResult as PaperResult
    from neural.engine.running import run_paper as run_paper
    from neural.engine.settings import Limit as Limit

_CONTENTS = {
    # what a paper states
    "Arm": "paper",
    "Check": "paper",
    "Limit": "settings",
    "Outcome": "paper",
    "Paper": "paper",
    "Reference": "paper",
    "SCALES": "paper",
    "Trial": "paper",
    # how its claim is judged
    "Judgement": "judgement",
    "Verdict": "judgement",
    "judge": "judgement",
    "overall": "judgement",
    # what has been run
    "Cell": "ledger",
    "Ledger": "ledger",
    "PaperResult": "result",
    "run_paper": "running",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
