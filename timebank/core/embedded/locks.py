"""Locks between the processes that share one data folder; the kernel drops them when a process dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """An open lock file. The lock lives as long as any process keeps the file open, children included."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def fileno(self) -> int:
        """The file descriptor, to be handed to a child."""
        return self._file

    def exclusive(self, *, seconds: float = 0) -> bool:
        """Take the lock alone, waiting at most so long; False if others have it."""
        return self._take(fcntl.LOCK_EX, seconds)

    def shared(self, *, seconds: float = 0) -> bool:
        """Take the lock together with others; False if somebody has it alone."""
        return self._take(fcntl.LOCK_SH, seconds)

    def close(self) -> None:
        """Let go of our share of it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, kind: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.02)
            else:
                return True


@contextmanager
def alone(path: Path, *, seconds: float) -> Iterator[bool]:
    """Hold a lock alone for the length of a block; yields whether it was got in time."""
    lock = Lock(path)
    try:
        yield lock.exclusive(seconds=seconds)
    finally:
        lock.close()
