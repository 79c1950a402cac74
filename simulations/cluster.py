"""A Dask cluster as an executor."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

__all__ = ["dask_executor"]

_LOST_WORKER = "300s"
"""A LocalCluster gives up a worker that does not come back in 15 s, and on a busy machine all of
them: then tasks wait for ever."""


@contextmanager
def dask_executor(address: str, *, timeout: float = 30.0) -> Iterator[Executor]:
    """The executor of the Dask cluster whose scheduler is at `address`.

    A task whose worker dies is run again by another; after three deaths more it fails
    (`distributed.scheduler.allowed-failures`). Workers need this package, and one thread each
    (`dask worker ADDRESS --nthreads 1`); for papers also the ledger's folder.

    Args:
        address: as "tcp://10.0.0.1:8786".
        timeout: seconds to wait for the scheduler's answer.

    Raises:
        ImportError: distributed is not installed; names the command that installs it.
        OSError: no scheduler answers there.
        ValueError: it is no address.
    """
    try:
        dask: Any = importlib.import_module("dask")
        distributed: Any = importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise ImportError(
            f"a cluster needs {error.name}, which is not installed; get it with: "
            'pip install "complexodynamics[cluster]"',
            name=error.name,
        ) from None
    if "://" not in address:
        raise ValueError(f"cluster: got {address!r}, accepted is an address as tcp://HOST:8786")
    with dask.config.set({"distributed.deploy.lost-worker-timeout": _LOST_WORKER}):
        try:
            client = distributed.Client(address, timeout=timeout, set_as_default=False)
        except OSError as error:
            raise OSError(f"cluster: no scheduler answers at {address} ({error})") from None
        with client, client.get_executor() as executor:
            yield executor
