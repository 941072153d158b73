"""The page, and what a browser may do with it."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from pathlib import Path

PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def _allowed(tag: str) -> str:
    """The hash that lets a browser take the one inline element of this kind."""
    found = re.search(f"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)
    assert found
    digest = base64.b64encode(sha256(found[1].encode()).digest()).decode()
    return f"{tag}-src 'sha256-{digest}'"


POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self'",
        "connect-src 'self'",
        _allowed("style"),
        _allowed("script"),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of everything that is served."""
