"""The host of a group of processes: forks them, watches them, ends them. See `launching`.

Runs in a process of its own, whose standard input is a request and then silence: its end is the end
of the caller.
"""

from __future__ import annotations

import math
import multiprocessing.spawn
import os
import pickle
import select
import shutil
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

__all__ = ["group", "main"]

_GRACE = 2.0
"""Seconds for the others to say what happened to them, after one has failed."""
_WAITED = ("gloo", "nccl", "timed out", "timeout", "connection", "store", "socket", "peer")
"""Words of errors that are another process's fault."""


def main() -> None:
    """Answer the request on standard input."""
    request = pickle.load(sys.stdin.buffer)
    folder = Path(request["folder"])
    try:
        multiprocessing.spawn.prepare(request["preparation"])  # the caller's paths and main module
        function, arguments = pickle.loads(request["call"])
        import torch.distributed

        if "neural.pipeline.pipelined" in sys.modules:  # imported once, before we are several
            import torch.distributed.pipelining  # noqa: F401
    except BaseException as error:
        traceback.print_exc()
        _write(folder / "outcome", _told(error) | {"who": "the processes cannot be prepared"})
        return
    found = group(request, function, arguments, sys.stdin.buffer)
    if found.get("kind") == "gone":
        shutil.rmtree(folder, ignore_errors=True)
    else:
        _write(folder / "outcome", found)


def group(
    request: Mapping[str, Any], function: Callable[..., Any], arguments: Any, caller: Any = None
) -> dict[str, Any]:
    """Fork the processes, let each call the function, and wait until all have done so.

    Args:
        request: as `launch` makes it.
        function: of them all.
        arguments: of the function.
        caller: a stream that ends with the caller, None for none.

    Returns:
        Nothing where all is well; else "error", its "kind", and "who" it befell.
    """
    began = time.monotonic()
    watched, held = os.pipe()
    children: dict[int, int] = {}
    try:
        for rank in range(request["processes"]):
            pid = os.fork()
            if not pid:
                os.close(held)
                _child(request, function, arguments, rank, watched)
            children[pid] = rank
        return _watch(request, children, began, caller)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)
        os.close(held)
        os.close(watched)


def _child(
    request: Mapping[str, Any], function: Any, arguments: Any, rank: int, watched: int
) -> None:
    """One process of the group; does not return."""
    status = 1
    folder = Path(request["folder"])

    def until_the_host_ends() -> None:
        os.read(watched, 1)
        os._exit(1)

    try:
        threading.Thread(target=until_the_host_ends, daemon=True).start()
        result = _in_group(request, function, arguments, rank)
        _write(folder / f"result-{rank}", result)
        status = 0
    except BaseException as error:
        traceback.print_exc()
        _write(folder / f"failure-{rank}", _told(error) | {"at": time.monotonic()})
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _in_group(request: Mapping[str, Any], function: Any, arguments: Any, rank: int) -> Any:
    import torch
    import torch.distributed as dist

    torch.set_num_threads(request["threads"])
    count, patience = request["processes"], timedelta(seconds=request["timeout"])
    backend = "gloo"
    if torch.device(request["device"]).type == "cuda":
        backend = "nccl"
        torch.cuda.set_device(rank)
    loops = [name for _, name in socket.if_nameindex() if name.startswith("lo")]
    if loops:  # whatever the machine's own name means, processes meet here
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loops[0])
    store = dist.FileStore(str(Path(request["folder"]) / "store"), count)  # pyright: ignore[reportPrivateImportUsage]
    dist.init_process_group(backend, store=store, rank=rank, world_size=count, timeout=patience)
    os.environ["LOCAL_RANK"] = str(rank)
    result = function(*arguments)
    dist.barrier()  # who is done early waits, and sees who fails late
    dist.destroy_process_group()
    return result


def _watch(
    request: Mapping[str, Any], children: dict[int, int], began: float, caller: Any
) -> dict[str, Any]:
    """Wait for all children, or for the first failure; those that have ended are taken out."""
    count, folder = request["processes"], Path(request["folder"])
    ended: dict[int, str] = {}
    failed = math.inf
    while children and time.monotonic() < failed + _GRACE:
        if caller is not None and select.select([caller], [], [], 0)[0]:
            return {"error": "the caller is gone", "kind": "gone"}
        time.sleep(0.01)
        for pid, rank in list(children.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if not found:
                continue
            del children[pid]
            if not (folder / f"result-{rank}").exists():
                ended[rank] = ""
                if os.WIFSIGNALED(status):
                    ended[rank] = f"was killed ({signal.Signals(os.WTERMSIG(status)).name})"
                elif not (folder / f"failure-{rank}").exists():
                    ended[rank] = "ended without a word"
                failed = min(failed, time.monotonic())
        if time.monotonic() > began + request["limit"]:
            late = ", ".join(str(rank) for rank in sorted(children.values()))
            return {
                "error": f"{request['limit']:g} s are over, and of {count} processes these had "
                f"not finished: {late}; they were ended",
                "who": "limit",
            }
    return _blame(request, ended, sorted(children.values())) if ended else {}


def _blame(
    request: Mapping[str, Any], ended: Mapping[int, str], running: list[int]
) -> dict[str, Any]:
    """Which process began it: one that was killed, one that failed by itself, one that hangs."""
    count, folder = request["processes"], Path(request["folder"])
    for rank, how in sorted(ended.items()):
        if how:
            return {"error": f"process {rank} of {count} {how}; the others were ended"}
    told = [(rank, pickle.loads((folder / f"failure-{rank}").read_bytes())) for rank in ended]
    told.sort(key=lambda each: each[1]["at"])
    own = [each for each in told if not any(w in each[1]["error"].lower() for w in _WAITED)]
    rank, first = (own or told)[0]
    if not own and running:
        late = ", ".join(map(str, running))
        return {
            "error": f"of {count} processes these hang: {late}; the others waited "
            f"{request['timeout']:g} s in vain; all were ended"
        }
    return first | {"who": f"process {rank} of {count}"}


def _told(error: BaseException) -> dict[str, Any]:
    """The first cause of an error, in a line."""
    while error.__cause__ is not None:
        error = error.__cause__
    kind, text = type(error).__name__, " ".join(str(error).split())
    if kind not in ("ValueError", "TypeError"):
        last = traceback.extract_tb(error.__traceback__)[-1:]
        at = "".join(f" ({Path(each.filename).name}:{each.lineno})" for each in last)
        text = f"{kind}{text and ': '}{text}{at}"
    return {"error": text, "kind": kind}


def _write(path: Path, value: Any) -> None:
    partial = path.with_name(f".{path.name}")
    partial.write_bytes(pickle.dumps(value))
    partial.replace(path)
