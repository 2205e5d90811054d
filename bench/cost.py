"""What a piece of work costs, and how to measure it in a process that has done nothing else."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Cost(NamedTuple):
    """Seconds by the clock, and seconds of the processor (of all threads of this process)."""

    seconds: float
    processor: float


def cost(work: Callable[[], T]) -> tuple[Cost, T]:
    """Do it, and say what it cost."""
    start, processor = time.perf_counter(), time.process_time()
    done = work()
    return Cost(time.perf_counter() - start, time.process_time() - processor), done


def median(costs: Iterable[Cost]) -> Cost:
    """The median of each."""
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def seconds(work: Callable[[], Any]) -> float:
    """Seconds by the clock."""
    return cost(work)[0].seconds


def peak_mb() -> float:
    """The most memory this process ever had resident, in MB of 10^6 bytes.

    A process begins with that of the one that started it: so nothing large may be done in that one.
    """
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e6


def alone(module: str, *arguments: object) -> Any:
    """Run ``bench.alone.<module>`` as a program; returns what it tells with :func:`tell`.

    :raises SystemExit: it failed.
    """
    command = [sys.executable, "-m", f"bench.alone.{module}", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return json.loads(done.stdout.splitlines()[-1])


def tell(told: Any) -> None:
    """Hand a JSON value to the process that started this one."""
    print(json.dumps(told))
