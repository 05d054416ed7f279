"""Simulated chargers and cars that speak real OCPP over real sockets.

site.SimulatedSite        a whole site: chargers, recorded visits, site meter, ground truth
charger.SimulatedCharger  one charger: OCPP client, profiles, offline queue, meter
cars.RecordedVisit        a visit, and `car_for` the car that explains it
truth.GroundTruth         what really flowed, exact, whatever the server believes
fleet.Fleet               endless made-up traffic against any server; `ampherd simulate --help`

From outside in: site > charger > terminal (conversation) and board (power) > link, outbox, outlet,
stack. Beside them stand admission (who may charge: local list, cache, reservations) and upkeep
(firmware, logs, certificates), the same in every version. What a charger says goes through a
dialect, one for each version; `remote` (1.6) and `remote2` (2.0.1, 2.1) answer the server. Nothing
here uses the server's translators.
"""
