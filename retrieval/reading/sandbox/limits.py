"""What a child process may use while it reads one document."""

from __future__ import annotations

import contextlib
import os
import signal

SECONDS = 5
MEMORY_BYTES = 300_000_000
MOST_BYTES = 8_000_000
"""Of text that one call may give back."""

# It needs its reply, and what a parser looks up in its own package.
OPEN_FILES = 32
# Ends a child whose parent was killed and can no longer do it.
LAST_RESORT_S = SECONDS + 2


def set_here() -> None:
    """Limit this process, for good, as far as the platform can."""
    try:
        import resource
    except ImportError:
        return
    chosen = [
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        *([(resource.RLIMIT_AS, address_space)] if (address_space := _address_space()) else []),
    ]
    for kind, most in chosen:
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, LAST_RESORT_S)


def _address_space() -> int | None:
    """The address space at which resident memory can reach its limit; None where unknown.

    What is mapped by now but not resident, such as unused parts of shared libraries, is granted
    on top: it says nothing of the document.
    """
    try:
        with open("/proc/self/statm") as sizes:
            mapped, resident = (int(pages) for pages in sizes.read().split()[:2])
    except (OSError, ValueError):
        return None
    return MEMORY_BYTES + (mapped - resident) * os.sysconf("SC_PAGE_SIZE")
