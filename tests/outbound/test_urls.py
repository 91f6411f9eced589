"""What can be refused when a URL is saved."""

from __future__ import annotations

import pytest

from plunk.outbound.client import Client
from plunk.outbound.errors import BadUrl
from plunk.outbound.urls import read_url

PUBLIC = Client()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com/hook",
        "HTTPS://Example.COM/Hook",
        "https://example.com./hook",
        "https://example.com:443/hook?token=a%20b&x=1",
        "https://example.com:/hook",
        "http://example.com:8080",
        "http://example.com:1024/",
        "http://example.com:65535/",
        "https://8.8.8.8/hook",
        "https://[2606:4700:4700::1111]:8443/hook",
        "https://bücher.example/größe?q=ü",
        "https://xn--bcher-kva.example/",
        "https://hooks.internal_zone.example/",
        "https://1e100.example/",
        "https://a.0b1/",
    ],
)
def test_ordinary_urls_are_taken(url: str) -> None:
    PUBLIC.check_url(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "must begin with http"),
        ("example.com/hook", "must begin with http"),
        ("//example.com/hook", "must begin with http"),
        ("ftp://example.com/", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("gopher://example.com:6379/_FLUSHALL", "must begin with http"),
        ("javascript:alert(1)", "must begin with http"),
        ("unix:///run/docker.sock", "must begin with http"),
        ("http:", "names no host"),
        ("http://", "names no host"),
        ("http:///hook", "names no host"),
        ("http://:8080/", "names no host"),
        ("http://./", "names no host"),
        ("https:example.com", "names no host"),
        ("https://user:secret@example.com/", "user name or a password"),
        ("https://user@example.com/", "user name or a password"),
        ("https://@example.com/", "user name or a password"),
        ("https://example.com@8.8.8.8/", "user name or a password"),
        ("https://example.com/hook#part", "is never sent"),
        ("https://example.com/#", "is never sent"),
        ("https://example.com:0/", "Port 0 is not allowed"),
        ("https://example.com:22/", "Port 22 is not allowed"),
        ("https://example.com:25/", "Port 25 is not allowed"),
        ("https://example.com:1023/", "Port 1023 is not allowed"),
        ("https://example.com:65536/", "Port 65536 is not allowed"),
        ("https://example.com:123456/", "cannot be told apart"),
        ("https://example.com:-1/", "cannot be told apart"),
        ("https://example.com:８０/", "cannot be told apart"),
        ("https://example.com:http/", "cannot be told apart"),
        ("https://example.com:80:80/", "cannot be told apart"),
        ("https://2606:4700:4700::1111/", "cannot be told apart"),
        ("https://[2606:4700:4700::1111]x/", "cannot be told apart"),
        ("https://[2606:4700:4700::1111", "not a URL"),
        ("https://[v1.x]/", ""),
        ("https://[example.com]/", ""),
        ("https://example.com/a b", "cannot be printed"),
        (" https://example.com/", "cannot be printed"),
        ("https://example.com/\r\nX-Bad: 1", "cannot be printed"),
        ("https://exam\tple.com/", "cannot be printed"),
        ("https://example.com/\x00", "cannot be printed"),
        ("https://example.com/\u202ehook", "cannot be printed"),
        ("https://example.com/\ud800", "cannot be printed"),
        ("https://example.com\\@8.8.8.8/", "cannot be printed"),
        ("https://exam%70le.com/", "not the name of a host"),
        ("https://-example.com/", "not the name of a host"),
        ("https://example-.com/", "not the name of a host"),
        ("https://example..com/", "not the name of a host"),
        ("https://example.com../", "not the name of a host"),
        ("https://exa*mple.com/", "not the name of a host"),
        ("https://" + "a" * 64 + ".com/", "not the name of a host"),
        ("https://" + "a." * 127 + "com/", "not the name of a host"),
        ("https://xn--a.example/", "not the name of a host"),
        ("https://xn--.example/", "not the name of a host"),
        ("https://☃.example/", "not the name of a host"),
        ("https://example.c℀m/", "not a URL"),
        ("https://example.com/" + "a" * 2_048, "longer than 2,048 characters"),
    ],
)
def test_others_are_refused_with_the_reason(url: str, said: str) -> None:
    with pytest.raises(BadUrl) as refused:
        PUBLIC.check_url(url)
    assert said in refused.value.message


def test_a_url_is_read_as_it_will_be_sent() -> None:
    target = read_url("HTTPS://Bücher.Example.:8443/größe/%41?q=ü&r=%20")
    assert (target.scheme, target.host, target.port) == ("https", "xn--bcher-kva.example", 8443)
    assert target.path == "/gr%C3%B6%C3%9Fe/%41?q=%C3%BC&r=%20"
    assert target.authority == "xn--bcher-kva.example:8443"


def test_the_default_port_is_not_named_to_the_server() -> None:
    assert read_url("http://example.com:80").authority == "example.com"
    assert read_url("https://example.com").authority == "example.com"
    assert read_url("https://example.com:80").authority == "example.com:80"
    assert read_url("https://[2606::1]:8080").authority == "[2606::1]:8080"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000/", "http://localhost:8000/", "http://hooks.localhost/", "http://LOCALHOST./"],
)
def test_an_allowed_network_is_taken(url: str) -> None:
    Client(["127.0.0.0/8"]).check_url(url)
    with pytest.raises(BadUrl, match="PLUNK_OUTBOUND_ALLOW"):
        Client(["10.0.0.0/8"]).check_url(url)
