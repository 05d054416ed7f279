"""The HTTP API: routes, roles and words only; what they do is behind `ApiService`."""

from ampherd.api.app import create_app
from ampherd.api.serve import ApiServer
from ampherd.api.service import ApiService, Health
from ampherd.tokens import Principal, Role, TokenStore

__all__ = ["ApiServer", "ApiService", "Health", "Principal", "Role", "TokenStore", "create_app"]
