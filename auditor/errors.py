"""What can go wrong with the machinery, named by what the caller can do about it.

Something wrong in the *data* is never an exception: it is a finding, a rejected row or `not_judged`.
Every message is one sentence that names the thing, the place and the mend; it is shown to people as it stands.
"""

from __future__ import annotations


class AuditorError(Exception):
    """Base of all our errors. `exit_code` is what a command ends with."""

    exit_code = 2


class ConfigError(AuditorError):
    """auditor.toml, a check file or the policy is wrong; the mend is in the message."""


class UsageError(AuditorError):
    """The command was called in a way that cannot work."""


class StoreError(AuditorError):
    """The store cannot be opened or written: damaged, newer than this program, disk full."""


class StoreBusy(StoreError):
    """Another process holds the store; only one may."""

    exit_code = 3


class RemoteError(AuditorError):
    """A call to B1 or a channel did not succeed."""

    exit_code = 4


class Retriable(RemoteError):
    """The same request may succeed later: time-out, 429, 502, expired login."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rejected(RemoteError):
    """The other side understood and refused; repeating will not help."""

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class OutcomeUnknown(RemoteError):
    """A write was sent and no answer came: it may or may not have happened. Only a probe can tell."""


class Incomplete(RemoteError):
    """A read ended without the proof that everything was read; what was read must not be shown as complete."""
