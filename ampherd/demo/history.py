"""The time before a demonstration, imported as anybody would import it."""


async def import_history(*_): ...
