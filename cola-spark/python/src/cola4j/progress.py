"""Rounds in the notebook's cell while a fit runs, which otherwise only the JVM prints."""

import logging
import sys
import threading
from contextlib import contextmanager
from typing import Any, Iterator, Optional

_LOG = logging.getLogger(__name__)
_SECONDS = 0.3
_shown = True


def progress(shown: bool) -> None:
    """Switches the lines that a fit prints, one for each round and task; they are printed at first.

    Examples
    --------
    >>> cola4j.progress(False)
    """
    global _shown
    _shown = shown


class _Lines:
    """What Java has printed so far."""

    def __init__(self, buffer: Any) -> None:
        self._buffer = buffer
        self._printed = 0
        self._failed = False

    def show(self) -> None:
        """Prints complete lines that are new. A fit does not fail since they cannot be had."""
        if self._failed:
            return
        try:
            if self._buffer.size() <= self._printed:
                return
            text = self._buffer.toString("UTF-8").encode()
            end = text.rfind(b"\n") + 1
            sys.stdout.write(text[self._printed : end].decode().replace("\r\n", "\n"))
            sys.stdout.flush()
            self._printed = end
        except Exception:
            _LOG.debug("progress is not shown any more", exc_info=True)
            self._failed = True


@contextmanager
def listening(jvm: Any) -> Iterator[Optional[Any]]:
    """A listener for Java's fit, whose lines a thread prints meanwhile; None for none."""
    if not _shown:
        yield None
        return
    buffer = jvm.java.io.ByteArrayOutputStream()
    out = jvm.java.io.PrintStream(buffer, True, "UTF-8")
    lines = _Lines(buffer)
    done = threading.Event()

    def poll() -> None:
        while not done.wait(_SECONDS):
            lines.show()

    thread = threading.Thread(target=poll, name="cola4j-progress", daemon=True)
    thread.start()
    try:
        yield jvm.io.github.cola4j.spark.job.ConsoleProgress(out, False, 1)
    finally:
        done.set()
        thread.join()
        lines.show()
