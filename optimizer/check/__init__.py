"""The check that every plan passes before it leaves: no solver, no trust."""

from optimizer.check.plan import findings

__all__ = ["findings"]
