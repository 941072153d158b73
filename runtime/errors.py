"""Every error trucksight raises on purpose.

    TrucksightError
    ├── UsageError (ValueError)             an option or argument that cannot be meant
    │   └── SettingsError                   several of them at once
    ├── FrameError (ValueError)             a frame is not a picture the contract can take
    ├── PictureError (ValueError)           bytes that do not decode to a whole picture
    ├── SceneError (ValueError)             a scene or clip that cannot be rendered as asked
    ├── DataError (ValueError)              labelled pictures that cannot be trained or measured on
    ├── RunError (ValueError)               a run folder that is missing or damaged
    ├── BundleError (ValueError)            a bundle that is missing, damaged or not understood
    │   ├── UnknownVariant                  a variant the bundle does not hold
    │   └── GoldenError                     what runs here is not what was measured
    ├── BackendError (RuntimeError)         an engine cannot load or run this model
    │   ├── UnknownBackend                  a name that is not in the table
    │   └── BackendUnavailable              a known engine that is not installed here
    ├── MissingExtra (ImportError)          an optional package is needed and absent
    ├── SourceError (OSError)               frames cannot be had from there
    │   └── PermanentSourceError            nor will they, however long one waits
    └── OutputError (OSError)               a result cannot be written there

The command line prints any of them as one line and exits with status 2.
"""

from __future__ import annotations

from collections.abc import Sequence


class TrucksightError(Exception):
    """Root of the tree: what was expected, what came, what to do."""

    exit_status = 2
    """Of the command line."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The message as the command line prints it: one line, but for `SettingsError`."""
        return (" ".join(str(self).split()),)


class UsageError(TrucksightError, ValueError):
    """An option or argument that cannot be meant."""


class SettingsError(UsageError):
    """Options or settings that cannot be meant, each with its place."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)
        """One line each."""

    @property
    def lines(self) -> tuple[str, ...]:
        """See `TrucksightError.lines`."""
        return tuple(" ".join(fault.split()) for fault in self.faults)


class FrameError(TrucksightError, ValueError):
    """A frame is not a picture the contract can take."""


class PictureError(TrucksightError, ValueError):
    """Bytes that do not decode to a whole picture."""


class SceneError(TrucksightError, ValueError):
    """A scene or clip that cannot be rendered as asked."""


class DataError(TrucksightError, ValueError):
    """Labelled pictures that cannot be trained or measured on."""


class RunError(TrucksightError, ValueError):
    """A run folder that is missing or damaged."""


class BundleError(TrucksightError, ValueError):
    """A bundle that is missing, damaged or not understood."""


class UnknownVariant(BundleError):
    """A variant the bundle does not hold."""


class GoldenError(BundleError):
    """What runs here is not what was measured: a golden picture came out otherwise."""


class BackendError(TrucksightError, RuntimeError):
    """An engine cannot load or run this model."""


class UnknownBackend(BackendError):
    """A name that is not in the table of backends."""


class BackendUnavailable(BackendError):
    """A known engine that is not installed here."""


class MissingExtra(TrucksightError, ImportError):
    """An optional package is needed and absent."""


class SourceError(TrucksightError, OSError):
    """Frames cannot be had from there."""


class PermanentSourceError(SourceError):
    """Frames cannot be had from there until a person changes something, as what is installed."""


class OutputError(TrucksightError, OSError):
    """A result cannot be written there."""
