"""From which address a request comes, as far as our own proxies can vouch for it.

Each proxy writes at the right end of X-Forwarded-For where the request came from. With n trusted
proxies the nth from the right was written by the outermost of ours; whatever stands to the left of
it was sent by the client and may be invented (SR-14). Not ipware's count, which expects the
innermost proxy to name itself and finds no address at all behind a common set-up.
"""

from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings


def client_address(request):
    """Return the address on which limits and lock-outs count; None when there is none."""
    proxies = settings.AXES_IPWARE_PROXY_COUNT or 0
    written = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    found = written[-proxies] if 0 < proxies <= len(written) else request.META.get("REMOTE_ADDR")
    try:
        address = ip_address((found or "").strip())
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    # One household or school is given a whole /64: counted singly, its addresses never run out.
    return str(address.ipv4_mapped or ip_network((address.packed, 64), strict=False)[0])
