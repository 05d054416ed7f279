"""Load for an OCPP server: many light chargers in one process, and what they measured.

No OCPP library and no physics: frames are bytes from templates, so that a server is measured and
not its chargers. For chargers that behave, see the rest of `ocpp_core.sim`.
"""

from ocpp_core.sim.load.options import LoadOptions, Mode
from ocpp_core.sim.load.report import LoadReport
from ocpp_core.sim.load.run import Onlooker, run_load

__all__ = ["LoadOptions", "LoadReport", "Mode", "Onlooker", "run_load"]
