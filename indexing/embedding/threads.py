"""How much of the machine a model may use."""

import os
from pathlib import Path

# A container's share of the machine in microseconds, "150000 100000" for one and a half cores.
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cpu_threads(quota: Path = CPU_QUOTA) -> int:
    """Threads for a model: one core is left for serving pages where there are more than two."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        allowed, period = quota.read_text("ascii").split()
        cores = max(1, min(cores, int(allowed) // int(period)))
    except (OSError, ValueError):
        # Not Linux, or "max": no share is set.
        pass
    return cores - 1 if cores > 2 else cores
