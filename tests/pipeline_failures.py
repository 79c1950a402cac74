"""Ways for a process of a group to fail; run as a program, tells what its host says of each."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time

import torch
import torch.distributed as dist

from neural.pipeline._host import group


def fails(how: str) -> int:
    """Process 1 fails, while the others wait for it; returns its rank where it does not."""
    rank = dist.get_rank()
    if rank == 1:
        if how == "raises":
            raise ValueError("no such\n number")
        if how == "hangs":
            time.sleep(600)
        if how == "exits":
            os._exit(3)
        if how == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
    if how == "all hang":
        time.sleep(600)
    dist.barrier()
    return rank


def lonely(path: str) -> None:
    """Write down who this is, and hang."""
    with open(f"{path}-{dist.get_rank()}.part", "w") as stream:
        stream.write(f"{os.getpid()} {os.getppid()}")
    os.rename(f"{path}-{dist.get_rank()}.part", f"{path}-{dist.get_rank()}")
    time.sleep(600)


def main() -> None:
    """A line of JSON: for each way what the host says and how many processes are left of it."""
    torch.set_num_threads(1)
    told = {}
    for how in ("nothing", "raises", "hangs", "exits", "is killed", "all hang"):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            request = {
                "folder": folder, "processes": 3, "device": "cpu", "threads": 1,
                "timeout": 2.0 if how == "hangs" else 120.0,
                "limit": 5.0 if how == "all hang" else 300.0,
            }  # fmt: skip
            found = group(request, fails, (how,))
        told[how] = found.get("who"), found.get("error"), found.get("kind")
        print(how, round(time.monotonic() - began, 1), file=sys.stderr)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            continue
        told[how] = "processes are left"
    print(json.dumps(told))


if __name__ == "__main__":
    main()
