"""From which address a request comes (SR-14)."""

import pytest

from accounts.addresses import client_address

DIRECT = "203.0.113.7"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (None, "", DIRECT),
        (None, "192.0.2.1", DIRECT),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "6.6.6.6, 192.0.2.1", "192.0.2.1"),
        (2, "6.6.6.6, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (2, "192.0.2.1", DIRECT),
        (1, "", None),
        (1, "not an address", None),
        (1, "::ffff:192.0.2.1", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(rf, settings, proxies, forwarded, address):
    settings.AXES_IPWARE_PROXY_COUNT = proxies
    request = rf.get("/", REMOTE_ADDR=DIRECT, HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


def test_a_connection_without_an_address_has_none(rf, settings):
    settings.AXES_IPWARE_PROXY_COUNT = None

    assert client_address(rf.get("/", REMOTE_ADDR="")) is None
