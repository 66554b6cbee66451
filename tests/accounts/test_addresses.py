"""Whose request it is: the client's address and network, which no header of the client's own can forge."""

import pytest
from django.test import RequestFactory

from accounts.services import client_address, client_network


def address(peer: str = "203.0.113.9", forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


def network(peer: str) -> str:
    return client_network(RequestFactory().get("/", REMOTE_ADDR=peer))


@pytest.mark.parametrize("forwarded", [None, "198.51.100.1", "198.51.100.1, 192.0.2.1", "rubbish", ""])
def test_without_proxies_the_header_is_not_read(settings, forwarded: str | None):
    settings.TRUSTED_PROXIES = 0

    assert address(forwarded=forwarded) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("1.1.1.1, 2.2.2.2, 3.3.3.3,198.51.100.1 ", "198.51.100.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:0DB8:0000::0001", "2001:db8::1"),
        (None, "203.0.113.9"),
        ("", "203.0.113.9"),
        ("198.51.100.1, unknown", "203.0.113.9"),
        ("198.51.100.1, ", "203.0.113.9"),
        ("198.51.100.1:443", "203.0.113.9"),
        ("127.1", "203.0.113.9"),
        ("1\u0661.0.0.1", "203.0.113.9"),
    ],
)
def test_behind_one_proxy_the_last_entry_counts(settings, forwarded: str | None, expected: str):
    settings.TRUSTED_PROXIES = 1

    assert address(forwarded=forwarded) == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.1, 192.0.2.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        # Our outer proxy was passed by: what is there was written by nobody whom we trust.
        ("198.51.100.1", "203.0.113.9"),
        ("forged, 192.0.2.1", "203.0.113.9"),
    ],
)
def test_behind_two_proxies_the_second_last_entry_counts(settings, forwarded: str, expected: str):
    settings.TRUSTED_PROXIES = 2

    assert address(forwarded=forwarded) == expected


def test_a_client_that_forges_entries_stays_in_its_own_network(settings):
    settings.TRUSTED_PROXIES = 1
    requests = [
        RequestFactory().get("/", headers={"X-Forwarded-For": f"{forged}, 198.51.100.7"})
        for forged in ("1.1.1.1", "1.1.1.1, 2.2.2.2", "\u202e", "::1", "," * 1000)
    ]

    assert {client_network(request) for request in requests} == {"198.51.100.0/24"}


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::1", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("::1", "::/48"),
    ],
)
def test_a_network_is_a_24_or_a_48(peer: str, expected: str):
    assert network(peer) == expected


@pytest.mark.parametrize(
    "peer", ["", "unix:", "localhost", "\udcff", "1.2.3.4.5", "\0", "9" * 5000, "fe80::1%eth0", "::ffff:1.2.3.4%1"]
)
def test_a_peer_without_an_address_is_a_network_of_its_own(peer: str):
    """A server on a socket names no peer, and a link-local address names its interface as well."""
    assert network(peer)
    assert network(peer) != network("192.0.2.1")
    assert network(peer) == network(peer)
