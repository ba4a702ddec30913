from __future__ import annotations

import pytest

from pos_app.net.allow import AllowList, BadEntry
from pos_app.net.errors import Forbidden
from pos_app.net.url import Url


def allowed(allow: AllowList, url: str) -> bool:
    try:
        allow.check(Url.parse(url))
    except Forbidden:
        return False
    return True


def test_without_entries_only_public_https() -> None:
    allow = AllowList()
    assert allowed(allow, "https://h.example/")
    assert allowed(allow, "https://1.1.1.1/")
    for url in (
        "http://h.example/",
        "https://localhost/",
        "https://till.localhost/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "https://100.64.0.1/",
        "https://[::127.0.0.1]/",
        "https://224.0.0.1/",
    ):
        assert not allowed(allow, url), url


def test_onion_needs_tor() -> None:
    with pytest.raises(Forbidden, match="Tor"):
        AllowList(["x.onion"]).check(Url.parse("https://x.onion/"))


def test_a_bare_host_allows_all_ports_and_a_port_only_that_one() -> None:
    allow = AllowList(["127.0.0.1:5000", "lnbits.shop", "[::1]:81", "fd00::5"])
    assert allowed(allow, "http://127.0.0.1:5000/x") and allowed(allow, "https://127.0.0.1:5000/x")
    assert not allowed(allow, "http://127.0.0.1:5001/")
    assert allowed(allow, "http://lnbits.shop/") and allowed(allow, "http://LNBITS.shop:99/")
    assert allowed(allow, "http://[::1]:81/") and not allowed(allow, "http://[::1]:82/")
    assert allowed(allow, "http://[fd00::5]:9/")
    assert allow.is_plain("lnbits.shop", 80) and not allow.is_plain("127.0.0.1", 80)


def test_an_entry_may_keep_its_host_to_https() -> None:
    allow = AllowList(["https://lnbits.shop"])
    assert allowed(allow, "https://lnbits.shop:444/") and not allowed(allow, "http://lnbits.shop/")
    assert not allow.is_plain("lnbits.shop", 80)


def test_the_host_of_the_api_is_allowed_at_every_port_by_its_own_scheme() -> None:
    plain = AllowList(["other"]).with_api("http://192.168.1.5:5000/path/")
    assert (
        allowed(plain, "http://192.168.1.5:81/")
        and plain.is_plain("192.168.1.5", 81)
        and allowed(plain, "http://other")
    )
    tls = AllowList().with_api("https://lnbits.shop")
    assert allowed(tls, "https://lnbits.shop:81/") and not tls.is_plain("lnbits.shop", 80)


@pytest.mark.parametrize("entry", ["", "a b", "host:0", "host:99999", "user@host", "ftp://x", "a/b", "[x]"])
def test_what_is_no_host(entry: str) -> None:
    with pytest.raises(BadEntry):
        AllowList([entry])
