"""A command of this machine that talks to the server of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ampherd.config import Config
from ampherd.tokens import Role, TokenStore


@contextmanager
def admin_client(config: Config, url: str, who: str) -> Iterator[httpx.Client]:
    """Talk to the HTTP API with a token that lives as long as the block."""
    name = f"{who} ({os.getpid()})"
    tokens = TokenStore(config.tokens_path)
    tokens.revoke(name)
    token = tokens.create(name, Role.ADMIN)
    try:
        with httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=30,
        ) as api:
            yield api
    finally:
        tokens.revoke(name)
