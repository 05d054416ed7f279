"""Simulated chargers and cars that speak real OCPP over real sockets.

site.SimulatedSite        a whole site: chargers, recorded visits, site meter, ground truth
charger.SimulatedCharger  one charger: OCPP 1.6J client, profiles, offline queue, meter
cars.RecordedVisit        a visit, and `car_for` the car that explains it
truth.GroundTruth         what really flowed, exact, whatever the server believes
synthetic.run_simulator   endless made-up traffic; `python -m ocpp_core.sim --help`

From outside in: site > charger > terminal (conversation) and board (power) > link, outbox, outlet,
stack. Only `wire16` knows the shape of OCPP 1.6 payloads.
"""
