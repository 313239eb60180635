"""The recipe in deploy/ as it stands: the real nginx in front of the real service, over HTTPS."""

import datetime
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import asyncpg
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cli.terminal import REPOSITORY, Terminal
from tests.given import PASSWORD, csrf_of
from timebank.access.model import ATTEMPTS_OF_ADDRESS_MAX
from timebank.access.secrets import digest
from timebank.core import embedded

DEPLOY = REPOSITORY / "deploy"
FOUND = ["--district", "顺德区", "--town", "大良", "--community", "云路", "--name", "莫", "--user-name", "mo"]
MEGABYTE = 1 << 20


@dataclass
class Way:
    """A way in: through nginx with its certificate, or straight to the service."""

    https: str
    http: str
    service: str
    trust: ssl.SSLContext
    data: Path

    def client(self, *, comes_from: str, base: str | None = None) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=self.trust, local_address=comes_from)
        return httpx.Client(base_url=base or self.https, transport=transport, timeout=60)


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    home = tmp_path_factory.mktemp("behind nginx")
    for folder in (home, *home.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    terminal = Terminal(home / "data")
    code, said = terminal.run("init", *FOUND, TIMEBANK_INIT_PASSWORD=PASSWORD)
    assert code == 0, said
    with terminal.serve("--port", "18800", TIMEBANK_TRUSTED_PROXIES="127.0.0.1") as (_, service):
        https, http = free_port(), free_port()
        certify(home)
        nginx = start(home, service, https, http)
        try:
            trust = ssl.create_default_context(cafile=home / "certificate.pem")
            yield Way(f"https://127.0.0.1:{https}", f"http://127.0.0.1:{http}", service, trust, terminal.data)
        finally:
            nginx.terminate()
            nginx.wait(timeout=30)


def sign_in(client: httpx.Client, **headers: str) -> httpx.Response:
    page = client.get("/sign-in")
    form = {"csrf": csrf_of(page.text), "user_name": "mo", "password": PASSWORD}
    return client.post("/sign-in/staff", data=form, headers=headers)


@pytest.mark.slow
def test_people_sign_in_over_https_and_every_cookie_is_secure(way: Way) -> None:
    with way.client(comes_from="127.0.0.5") as client:
        answer = sign_in(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/today")
        for cookie in answer.headers.get_list("set-cookie"):
            assert {"secure", "httponly", "samesite=lax"} <= set(cookie.lower().split("; "))
        page = client.get("/today")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert "nginx/" not in page.headers["server"]
        chosen = client.post("/preferences", data={"csrf": csrf_of(page.text), "lang": "en", "back": "/"})
        assert "secure" in chosen.headers["set-cookie"].lower()


@pytest.mark.slow
def test_plain_http_leads_to_https_and_addresses_stay_there(way: Way) -> None:
    with way.client(comes_from="127.0.0.5", base=way.http) as client:
        moved = client.get("/sign-in?a=b")
        assert (moved.status_code, moved.headers["location"]) == (301, "https://127.0.0.1/sign-in?a=b")
    with way.client(comes_from="127.0.0.5") as client:
        assert client.get("/sign-in/").headers["location"] == f"{way.https}/sign-in"


@pytest.mark.slow
def test_the_service_is_asked_whether_it_lives_through_the_proxy(way: Way) -> None:
    with way.client(comes_from="127.0.0.5") as client:
        assert client.get("/health/live").json() == {"status": "live"}
        assert client.get("/health/ready").json() == {"status": "ready"}
        style = re.search(r'href="(/static/[^"]+\.css[^"]*)"', client.get("/sign-in").text)
        assert style is not None
        assert client.get(style[1]).headers["content-encoding"] == "gzip"


@pytest.mark.slow
def test_a_file_up_to_the_limit_passes_and_above_it_the_service_says_so(way: Way) -> None:
    with way.client(comes_from="127.0.0.5") as client:

        def post(size: int) -> httpx.Response:
            return client.post("/sign-in/staff", files={"file": b"x" * size})

        assert post(9 * MEGABYTE).status_code == 403  # no form of ours, but it was read
        too_large = post(10 * MEGABYTE + 1000)
        assert (too_large.status_code, too_large.json()["code"]) == (413, "too-large")
        assert post(12 * MEGABYTE).status_code == 413


@pytest.mark.slow
async def test_the_address_is_believed_from_the_proxy_alone(way: Way) -> None:
    await have_tried_too_often(way, "127.0.0.2")
    elsewhere = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9"}
    with way.client(comes_from="127.0.0.2") as client:
        assert "试的次数太多了" in sign_in(client).text
        assert "试的次数太多了" in sign_in(client, **elsewhere).text
    with way.client(comes_from="127.0.0.2", base=way.service) as straight:
        assert "试的次数太多了" in sign_in(straight, **elsewhere).text
    with way.client(comes_from="127.0.0.3") as neighbour:
        assert sign_in(neighbour).status_code == 303


@pytest.mark.slow
def test_the_scheme_is_believed_from_the_proxy_alone(way: Way) -> None:
    with way.client(comes_from="127.0.0.4", base=way.service) as straight:
        lied = straight.get("/sign-in/", headers={"x-forwarded-proto": "https"})
        assert lied.headers["location"].startswith("http://")
        answer = straight.get("/sign-in", headers={"x-forwarded-proto": "https"})
        assert "secure" not in answer.headers["set-cookie"].lower()


async def have_tried_too_often(way: Way, address: str) -> None:
    """As if somebody at this address had tried a hundred names just now."""
    running = embedded.start(way.data)
    connection = await asyncpg.connect(running.superuser_url.replace("+asyncpg", ""))
    await connection.execute(
        "INSERT INTO timebank.attempts (subject, at) "
        "SELECT $1, clock_timestamp() - n * interval '1 millisecond' FROM generate_series(1, $2) n",
        digest(f"address {address}"),
        ATTEMPTS_OF_ADDRESS_MAX,
    )
    await connection.close()
    running.stop()


def start(home: Path, service: str, https: int, http: int) -> "subprocess.Popen[bytes]":
    """The recipe with this machine's ports and a certificate of its own, and nothing else changed."""
    proxy = (DEPLOY / "nginx-proxy.conf").read_text()
    site = (DEPLOY / "nginx.conf").read_text()
    for text, here in (
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("listen [::]:80;", ""),
        ("listen 443 ssl", f"listen 127.0.0.1:{https} ssl"),
        ("listen [::]:443 ssl http2;", ""),
        ("/etc/letsencrypt/live/timebank.example.org/fullchain.pem", f'"{home}/certificate.pem"'),
        ("/etc/letsencrypt/live/timebank.example.org/privkey.pem", f'"{home}/key.pem"'),
        ("/etc/nginx/timebank-proxy.conf", f'"{home}/timebank-proxy.conf"'),
    ):
        assert text in site
        site = site.replace(text, here)
    assert "http://127.0.0.1:8000" in proxy
    (home / "timebank-proxy.conf").write_text(proxy.replace("http://127.0.0.1:8000", service))
    (home / "site.conf").write_text(site)
    places = "".join(
        f'{each}_temp_path "{home}/{each}";' for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f'{"user root;" if os.geteuid() == 0 else ""} daemon off; pid "{home}/nginx.pid"; '
        f'error_log "{home}/error.log"; events {{}} '
        f'http {{ access_log off; {places} types {{ text/css css; }} include "{home}/site.conf"; }}'
    )
    program = os.environ.get("TIMEBANK_NGINX") or shutil.which(
        "nginx", path=f"{os.environ['PATH']}:/usr/sbin"
    )
    if program is None:
        pytest.fail("no nginx: run .ci/proxy, which installs it or says how")
    made = subprocess.Popen([program, "-c", home / "nginx.conf", "-p", home], cwd=home)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", https)) == 0:
                return made
        assert made.poll() is None, (home / "error.log").read_text()
        time.sleep(0.1)
    made.kill()
    raise AssertionError((home / "error.log").read_text())


def certify(home: Path) -> None:
    """A certificate for this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "timebank.test")])
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (home / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (home / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
