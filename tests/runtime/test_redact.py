"""What an address shows of itself, and what it keeps."""

from __future__ import annotations

import pytest

from trucksight.runtime.redact import redact


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mqtt://host/prefix", "mqtt://host/prefix"),
        ("mqtt://me:hunter2@host:1883/prefix", "mqtt://***@host:1883/prefix"),
        ("https://hunter2@host/x", "https://***@host/x"),
        ("https://me:@host/x", "https://***@host/x"),
        ("https://me:hun@ter2@host/x", "https://***@host/x"),
        ("https://me:hun:ter2@[::1]:80/x", "https://***@[::1]:80/x"),
        ("mqtt://me:hun/ter2@host/x", "mqtt://***@host/x"),
        ("mqtt://me:hun?ter2@host/x", "mqtt://***@host/x"),
        ("mqtt://me:hun#ter2@host/x", "mqtt://***@host/x"),
        ("me:hunter2@host", "***@host"),
        ("https://host/x?mail=a@b", "https://host/x?mail=a@b"),
        ("mqtt://me:12/34@host/x", "mqtt://***@host/x"),
        ("https://host:80/x?mail=a@b", "https://***@b"),
        ("https://[::1]/x?mail=a@b", "https://[::1]/x?mail=a@b"),
        ("https://host/x?a=1&token=hunter2&b=2", "https://host/x?a=1&token=***&b=2"),
        ("https://host/x?API_KEY=hunter2", "https://host/x?API_KEY=***"),
        ("https://host/x?%74oken=hunter2;a=1", "https://host/x?%74oken=***;a=1"),
        ("https://host/x?X-Amz-Signature=hunter2#top", "https://host/x?X-Amz-Signature=***#top"),
        ("https://host/x#access_token=hunter2", "https://host/x#access_token=***"),
        ("https://me:hunter2@host/?to=mqtt://you:hunter2@x", "https://***@host/?to=mqtt://***@x"),
        ("", ""),
        ("a sentence", "a sentence"),
    ],
)
def test_an_address_shows_its_host_and_no_secret(url: str, shown: str) -> None:
    assert redact(url) == shown


@pytest.mark.parametrize("name", ["password", "pwd", "secret", "auth", "sig", "code", "jwt"])
def test_a_parameter_that_sounds_secret_is_one(name: str) -> None:
    assert redact(f"https://host/?{name}=hunter2&x=1") == f"https://host/?{name}=***&x=1"
