"""A page, a health check and metrics about a running detector, over HTTP."""

from .server import StatusServer

__all__ = ["StatusServer"]
