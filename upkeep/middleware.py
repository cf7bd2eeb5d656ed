"""Answers the probes of machines before anything else does."""

from upkeep.views import healthz, readyz

PROBES = {"/healthz": healthz, "/readyz": readyz}


class ProbesFirst:
    """Stands first, so that a probe needs no session, no host name and no https.

    A probe comes from the machine itself or from the network's own watch, by address and not by
    name, and past the proxy: every later middleware would turn it away or send it elsewhere.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)
