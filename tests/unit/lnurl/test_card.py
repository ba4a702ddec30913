from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.lnurl import lud01
from pos_app.lnurl.card import CardLink, Form, UnusableCard, card_link
from pos_app.net.allow import AllowList
from tests.unit.lnurl.test_lud01 import URL, VECTOR

P, C = "4E2E289D945A66BB13377A728884E867", "E19CCB1FED8892CE"
NOWHERE = AllowList()


def link(*texts: str, allow: AllowList = NOWHERE) -> CardLink:
    return card_link(texts, allow)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("lnurlw://h.example/?p=1&c=2", "https://h.example/?p=1&c=2"),
        ("LNURLW://H.Example/P", "https://h.example/P"),
        ("lnurlw://h.example?p=1", "https://h.example/?p=1"),
        ("lnurlw:h.example/x", "https://h.example/x"),
        ("lnurlw://h.example:8443/x?a=b@c", "https://h.example:8443/x?a=b@c"),
        (f"lightning:{VECTOR}", URL),
        (f"LIGHTNING:{VECTOR}", URL),
        (f"lightning://{VECTOR.lower()}", URL),
        (VECTOR, URL),
        (VECTOR.lower(), URL),
        (f"https://s.example/g?id=1&lightning={VECTOR}", URL),
        (f"http://s.example/g?LIGHTNING={VECTOR.lower()}", URL),
        ("https://h.example/", "https://h.example/"),
        ("  https://h.example/w?x=1\n", "https://h.example/w?x=1"),
    ],
)
def test_every_form(text: str, url: str) -> None:
    assert link(text).url.text == url


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lnurlw://abcdef.onion/x", "needs Tor"),
        (lud01.encode("http://abcdef.onion/x"), "needs Tor"),
        ("lnurlp://h.example/x", "receive address"),
        ("LNURLP:h.example/x", "receive address"),
        ("lightning:shop@h.example", "receive address"),
        ("lightning:lnbc1abc", "receive address"),
        ("keyauth://h.example/x", "logging in"),
        ("lnurlc://h.example/x", "channel"),
        ("http://h.example/x", "https"),
        (lud01.encode("http://h.example/x"), "https"),
        (lud01.encode("ftp://h.example/x"), "not one of a web server"),
        ("lnurlw://", "host"),
        ("lnurlw://user@h.example/", "user name"),
        ("lnurlw://10.0.0.1/", "private"),
        ("lnurlw://localhost:3000/", "private"),
        ("lnurlw://127.1/", "private"),
        (VECTOR[:-1] + "Q", "damaged"),
        ("geo:1,2", "no Lightning address"),
        ("android.com:pkg", "no Lightning address"),
        ("hello", "no Lightning address"),
        ("", "no Lightning address"),
    ],
)
def test_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(UnusableCard, match=reason) as caught:
        link(text)
    assert caught.value.cure


def test_no_record_at_all() -> None:
    with pytest.raises(UnusableCard, match="no Lightning address"):
        link()


def test_the_surest_form_wins_and_refused_ones_do_not_stand_in_its_way() -> None:
    https, bech32, lnurlw = "https://h.example/1", VECTOR, "lnurlw://h.example/3"
    assert link(https, "text", bech32, lnurlw).form is Form.LNURLW
    assert link(https, bech32, "lnurlw://x.onion/").form is Form.BECH32
    assert link("lnurlp://h.example/", https).form is Form.HTTPS
    assert link("https://a.example/", "https://b.example/").url.host == "a.example"


def test_only_the_first_records_are_read() -> None:
    with pytest.raises(UnusableCard):
        link(*["x"] * 1000, "lnurlw://h.example/")


def test_hosts_of_the_house_are_asked_by_plain_http() -> None:
    allow = AllowList(["127.0.0.1:5000", "https://lnbits.shop"])
    assert link("lnurlw://127.0.0.1:5000/x", allow=allow).url.text == "http://127.0.0.1:5000/x"
    assert link("lnurlw://lnbits.shop/x", allow=allow).url.text == "https://lnbits.shop/x"
    assert link(lud01.encode("http://127.0.0.1:5000/x"), allow=allow).url.text == "http://127.0.0.1:5000/x"
    with pytest.raises(UnusableCard):
        link("lnurlw://127.0.0.1:5001/x", allow=allow)


def test_what_is_handed_to_a_payments_api_keeps_its_case() -> None:
    assert link(f"LNURLW://H.Example/Ab?p={P}&c={C}").lnurlw == f"lnurlw://h.example/Ab?p={P}&c={C}"
    assert link(VECTOR).lnurlw == URL.replace("https", "lnurlw")
    allow = AllowList(["127.0.0.1"])
    assert link("lnurlw://127.0.0.1:5000/x", allow=allow).lnurlw == "lnurlw://127.0.0.1:5000/x"


@pytest.mark.parametrize(
    ("target", "survives"),
    [
        (f"/?p={P}&c={C}", True),
        (f"/boltcards/api/v1/scan/abc?p={P}&c={C}&x=1", True),
        ("/lnurl/cj4vpyWVyJVW", False),
        (f"/?p={P}&c={C}&id=A", False),
        ("/?p=XYZ", False),
        ("/?P=1", False),
    ],
)
def test_whether_lower_case_harms(target: str, survives: bool) -> None:
    assert link(f"lnurlw://h.example{target}").survives_lower_case is survives


@pytest.mark.parametrize(
    ("query", "one_time"),
    [
        (f"p={P}&c={C}", True),
        (f"x=1&c={C.lower()}&p={P.lower()}", True),
        (f"p={P}", False),
        (f"p={P[1:]}&c={C}", False),
        (f"p={P}&c={'G' * 16}", False),
        ("", False),
    ],
)
def test_one_time(query: str, one_time: bool) -> None:
    assert link(f"lnurlw://h.example/?{query}").is_one_time is one_time


def test_a_link_shows_no_secret() -> None:
    assert P not in repr(link(f"lnurlw://h.example/?p={P}&c={C}"))


SCHEMES = st.sampled_from(["lnurlw://", "LNURLW:", "lightning:", "lnurl1", "https://", "http://", "keyauth:", ""])


@given(st.lists(st.builds(str.__add__, SCHEMES, st.text(max_size=40)), max_size=4))
def test_raises_only_its_own_error(texts: list[str]) -> None:
    try:
        found = link(*texts)
    except UnusableCard:
        return
    assert found.url.scheme == "https"
