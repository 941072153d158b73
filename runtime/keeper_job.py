"""Preparing another detector in a thread, while the old one goes on deciding."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import TrucksightError

if TYPE_CHECKING:
    from .detector import Detector
    from .loop import Station
    from .settings import Settings

log = logging.getLogger(__name__)

ABANDON_S = 0.3
"""How long the end waits for what is being prepared, seconds."""


class Job:
    """Work in a thread, looked after by the loop."""

    def __init__(
        self,
        work: Callable[[], tuple[Settings, Detector]],
        finish: Callable[[Job, Station, float], None],
    ) -> None:
        """Begin; `finish` is for the loop to call when it is done."""
        self.made: tuple[Settings, Detector] | None = None
        self.error = ""
        """Why nothing was made."""
        self._abandoned = False
        self._handing_over = threading.Lock()
        self.finish = finish
        self._work = work
        self._thread = threading.Thread(target=self._do, name="exchange", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """Nobody waits any longer; what is or will be made is closed."""
        with self._handing_over:
            self._abandoned = True
        self._thread.join(ABANDON_S)
        if self.made:
            self.made[1].close()

    def _do(self) -> None:
        try:
            made = self._work()
        except TrucksightError as exc:
            self.error = "; ".join(exc.lines)
        except Exception as exc:  # a bug there must not take the old one down
            log.exception("what was to be taken over could not be prepared")
            self.error = f"{type(exc).__name__}: {exc}"
        else:
            with self._handing_over:
                if not self._abandoned:
                    self.made = made
                    return
            made[1].close()
