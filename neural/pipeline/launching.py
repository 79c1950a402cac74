"""Run a function in a group of processes on this machine, and leave none of them behind.

One fresh Python process, the host, imports torch once and forks the group's processes, which is a
tenth of the cost of starting each anew. Whoever dies takes the others along: a process that fails,
hangs or is killed ends the group with one error, and so does the end of the caller.
"""

from __future__ import annotations

import math
import multiprocessing.spawn
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from complexity.errors import integer

__all__ = ["launch"]

_START = "from neural.pipeline._host import main; main()"


def launch(
    function: Callable[..., Any],
    *arguments: Any,
    processes: int,
    device: str = "cpu",
    timeout: float = 300.0,
    limit: float | None = None,
    threads: int = 1,
) -> list[Any]:
    """Call a function in every process of a new group of `torch.distributed`.

    Works from within scripts and other processes, also those that may have no children by
    `multiprocessing`. Standard output of the processes is this one's; what they write to standard
    error is kept for the message of an error. On GPUs it has not been tried.

    Args:
        function: of a module, by name; a script has to start its work under
            `if __name__ == "__main__"`.
        arguments: of the function, which pickle can hold, on the processor.
        processes: how many; on "cuda" a GPU for each.
        device: "cpu" (by gloo) or "cuda" (by nccl).
        timeout: seconds that one process waits for another, at most.
        limit: seconds for everything, from the start of the first process; None for any.
        threads: of torch in each process.

    Returns:
        What the function returned, process by process.

    Raises:
        ValueError, TypeError: as the function did in a process; the message names the process.
        RuntimeError: the function failed otherwise, or a process was killed or hung; says which.
        OSError: this system has no fork; use torchrun.
    """
    integer("processes", processes, 1)
    integer("threads", threads, 1)
    if not timeout > 0 or (limit is not None and not limit > 0):
        raise ValueError(f"timeout, limit: got {timeout}, {limit}, accepted are seconds above 0")
    if not hasattr(os, "fork"):
        raise OSError("processes cannot be started from here: no fork; start them by torchrun")
    try:
        call = pickle.dumps((function, arguments))
    except Exception as error:  # whatever pickle says of what it cannot hold
        raise TypeError(f"function, arguments: cannot be sent to a process: {error}") from None
    preparation = multiprocessing.spawn.get_preparation_data("pipeline")
    preparation.pop("authkey", None)
    with tempfile.TemporaryDirectory(prefix="pipeline-") as folder:
        request = {
            "preparation": preparation, "call": call, "folder": folder, "processes": processes,
            "device": device, "timeout": timeout, "threads": threads,
            "limit": math.inf if limit is None else limit,
        }  # fmt: skip
        return _answered(request, Path(folder))


def _answered(request: dict[str, Any], folder: Path) -> list[Any]:
    paths = [os.getcwd() if path == "" else path for path in sys.path]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSAFEPATH": "1",
        "OMP_NUM_THREADS": str(request["threads"]),  # and no threads of others when it forks
        "OPENBLAS_NUM_THREADS": "1",
    }
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "PYTHONWARNINGS"):
        environment.pop(name, None)
    with (folder / "stderr").open("w+b") as errors:
        host = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True,
        )  # fmt: skip
        assert host.stdin is not None
        try:
            pickle.dump(request, host.stdin)
            host.stdin.flush()  # and left open: its end tells the host that this process is gone
        except BrokenPipeError:
            pass
        try:
            status = host.wait()
        finally:
            host.stdin.close()  # on Ctrl-C: the host ends the others
            host.wait()
        outcome = folder / "outcome"
        if not outcome.exists():
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
            how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
            raise RuntimeError(f"the processes could not be started ({how}): {' '.join(last)}")
    found = pickle.loads(outcome.read_bytes())
    if "error" in found:
        kinds = {"ValueError": ValueError, "TypeError": TypeError}
        text = f"{found['who']}: {found['error']}" if "who" in found else found["error"]
        raise kinds.get(found.get("kind", ""), RuntimeError)(text)
    return [
        pickle.loads((folder / f"result-{r}").read_bytes()) for r in range(request["processes"])
    ]
