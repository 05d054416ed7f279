"""Names of transactions for translators under test."""

from ocpp_core.domain.ids import StationTransactionId, TransactionId


class Names:
    """What chargers call their transactions; nothing by default, as in OCPP 1.6."""

    def __init__(self, names: dict[int, str] | None = None) -> None:
        self._names = names or {}

    def station_transaction_id(self, transaction_id: TransactionId) -> StationTransactionId | None:
        name = self._names.get(transaction_id)
        return None if name is None else StationTransactionId(name)


NO_NAMES = Names()
