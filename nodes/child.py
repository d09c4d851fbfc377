"""Programs of our own that a node runs beside itself, because Python runs one thread at a time.

Each is a function `main` of a module, with pipes for its standard input and output. The parent
started it and is the only one at the other end; when the parent is gone, however it went, the
pipe ends, and so must the program.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO


class Child:
    """A running program: what it reads and what it writes, as bytes."""

    def __init__(self, module: str, *arguments: str) -> None:
        """Start `module.main()`. Arguments can be read by every user of the machine."""
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            # Not from the folder in which somebody happens to stand (-P): a `json.py` that lies
            # there is not ours.
            [sys.executable, "-P", "-c", f"import {module}; {module}.main()", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": ":".join(filter(None, sys.path))},
            # An interrupt at the terminal is the parent's: it ends its children in order.
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self.to: IO[bytes] = self._process.stdin
        self.out: IO[bytes] = self._process.stdout

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def finish(self) -> None:
        """End its input: it is to do what is left and go."""
        # It may be gone already, or read no more, with something unread.
        with suppress(OSError):
            self.to.close()

    def kill(self) -> None:
        """End it where it is."""
        self._process.kill()

    def end(self) -> int:
        """End its input and wait until it is gone; its exit status, negative for a signal."""
        self.finish()
        status = self._process.wait()
        self.out.close()
        return status


@contextmanager
def while_heard() -> Iterator[None]:
    """For the program itself: when nobody hears what it says any more, it ends without a word."""
    try:
        yield
    except BrokenPipeError:
        os._exit(0)  # what is left unsaid would be an error once more
