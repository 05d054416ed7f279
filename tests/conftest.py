"""What every test shares. Markers, warnings and timeouts are set in pyproject.toml."""

from hypothesis import settings

# A shared build machine is slow now and then; pytest-timeout catches what really hangs.
settings.register_profile("ampherd", deadline=None)
settings.load_profile("ampherd")
