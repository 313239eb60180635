"""What an auditor takes home: the page, its files, and that they are checked without us."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from ledger import proof
from tests.audit.given import intruder
from tests.given import NOW, PASSWORD, World, browser, post_form, service_over, sign_in
from tests.hours.given import Book, settled_book
from tests.postgres import Database
from timebank.core import clock
from timebank.core.tables import Act
from timebank.hours import tasks as hours_tasks
from timebank.hours.proofs.doors import SIGNING
from timebank.hours.proving import prove
from timebank.jobs.schedule import JOBS, Job

OLD, NEW = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
HERE = "/audit/proof"


@dataclass
class Office:
    """An auditor at a book that grows, and the folder where they keep what they take home."""

    world: World
    book: Book
    client: httpx.AsyncClient
    folder: Path

    async def sign(self, *keys: Ed25519PrivateKey) -> None:
        """Sign what the book has come to."""
        await prove(self.world.call_of_job(), community_id=self.world.here, keys=keys)

    async def grow(self) -> None:
        """Another opening balance."""
        async with self.world.database.begin({self.world.here}) as db:
            await self.book.bring(db, self.book.chen, 30)

    async def last_transfer(self) -> UUID:
        """The last transfer of Li's account."""
        async with self.world.database.begin({self.world.here}) as db:
            found: UUID = await db.scalar(
                text("SELECT transfer_id FROM ledger.entries WHERE account_id = :id ORDER BY version DESC"),
                {"id": self.book.li},
            )
            return found

    async def come(self, user: str = "auditor") -> None:
        """Sign in, and work here."""
        await sign_in(self.client, user)
        await post_form(self.client, f"/desk/community/{self.world.here}", {}, seen="/audit")

    async def page(self, query: str = "") -> str:
        """The page of proof."""
        answer = await self.client.get(HERE + query)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def take(self, path: str) -> str:
        """Download a file, and keep it under the name that it came with."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        found = re.fullmatch(
            r'attachment; filename="([A-Za-z0-9.-]+)"', answer.headers["content-disposition"]
        )
        assert found
        (self.folder / found[1]).write_bytes(answer.content)
        return found[1]

    def run(self, command: str) -> tuple[int, str]:
        """What a command says that was copied from the page."""
        python, *arguments = command.split()
        assert python == "python3"
        done = subprocess.run(
            [sys.executable, "-I", *arguments], cwd=self.folder, capture_output=True, text=True, check=False, env={}
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


def commands(page: str) -> list[str]:
    """The lines of a page for the terminal."""
    return [line for line in re.findall(r"<code>([^<]+)</code></pre>", page) if line.startswith("python3 ")]


@pytest.fixture
async def office(client: httpx.AsyncClient, world: World, tmp_path: Path) -> Office:
    """A book of a few transfers, and nothing signed yet."""
    made = Office(world, await settled_book(world), client, tmp_path)
    await made.come()
    return made


@pytest.mark.slow
async def test_before_the_first_checkpoint_the_page_says_so(office: Office) -> None:
    page = await office.page()
    assert "还没有校验点。" in page
    assert "没有开后台任务" in page
    assert "/audit/proof/keys" not in page
    assert (await office.client.get(f"{HERE}/checkpoints/1")).status_code == 404
    assert 'href="/audit/proof"' in (await office.client.get("/audit")).text
    state = service_over(office.world.database).state
    state.jobs = (*JOBS, Job(SIGNING, "10 * * * *", hours_tasks.apply_house_policies))
    page = await office.page()
    state.jobs = JOBS
    assert "第一个在 2026 年 11 月 22 日 周日 10:10 签" in page


@pytest.mark.slow
async def test_an_auditor_takes_everything_home_and_checks_it_offline(office: Office) -> None:
    await office.sign(OLD)
    await office.take(f"{HERE}/checkpoints/1")
    await office.grow()
    await office.sign(OLD, NEW)
    page = await office.page()
    for path in re.findall(r'href="(/audit/proof/[^"]+)"', page):
        await office.take(path.replace("&amp;", "&"))
    told = commands(page)
    assert len(told) == 3
    for command, said in zip(told, ("签名属实", "一字未改", "前面的一笔也没有改"), strict=True):
        code, answer = office.run(command)
        assert (code, said in answer) == (0, True), answer
    assert (office.folder / "verify.py").read_text(encoding="utf-8") == proof.verifier()


@pytest.mark.slow
async def test_a_receipt_is_checked_offline_and_any_change_is_named(office: Office) -> None:
    transfer_id = await office.last_transfer()
    await office.sign(OLD)
    receipt = await office.take(f"/accounts/entries/{transfer_id}/receipt")
    checkpoint = await office.take(f"{HERE}/checkpoints/1")
    keys = await office.take(f"{HERE}/keys")
    await office.take(f"{HERE}/verify.py")
    code, said = office.run(f"python3 verify.py {receipt} --key {keys}")
    assert (code, f"划转 transfer: {transfer_id}" in said) == (0, True), said
    whole = (office.folder / receipt).read_bytes()
    for where, why in (
        (whole.index(b"extra ") + 40, "这笔划转不在账簿里"),
        (whole.rindex("—".encode()) + 80, "签名不对"),
    ):
        changed = bytearray(whole)
        changed[where] = ord("A") if changed[where] != ord("A") else ord("B")
        (office.folder / receipt).write_bytes(changed)
        code, said = office.run(f"python3 verify.py {receipt} --key {keys}")
        assert (code, why in said, "NOT PROVED" in said) == (1, True, True), said
    stranger = proof.verifier_key(f"timebank/{office.world.here}", proof.public_key(NEW))
    (office.folder / "other.txt").write_text(f"{stranger}\n")
    code, said = office.run(f"python3 verify.py {checkpoint} --key other.txt")
    assert (code, "没有这把公钥的签名" in said) == (1, True), said


@pytest.mark.slow
async def test_keys_are_listed_with_who_vouched_for_them(office: Office) -> None:
    await office.sign(OLD)
    await office.grow()
    await office.sign(OLD, NEW)
    await office.grow()
    await office.sign(NEW)
    page = await office.page()
    for told in ("第一把，请当面核对", "一起签名作保", "从第 2 号校验点起"):
        assert told in page
    assert "没有旧钥匙作保" not in page
    assert page.count("接得上</span>") == 3
    for bad in ("接不上</span>", "签名不对</span>"):
        assert bad not in page
    keys = (await office.client.get(f"{HERE}/keys")).text
    origin = f"timebank/{office.world.here}"
    for key in (OLD, NEW):
        assert f"{proof.verifier_key(origin, proof.public_key(key))}\n" in keys


@pytest.mark.slow
async def test_any_two_checkpoints_are_compared_and_no_other_pair(office: Office) -> None:
    for _ in range(3):
        await office.grow()
        await office.sign(OLD)
    page = await office.page()
    assert "growth?older=1&amp;newer=3" in page
    page = await office.page("?older=2&newer=3")
    assert "growth-T11-2-3.txt" in page
    assert await office.take(f"{HERE}/growth?older=2&newer=3") == "growth-T11-2-3.txt"
    for query, status in (("older=3&newer=2", 422), ("older=2&newer=2", 422), ("older=2&newer=9", 404)):
        assert (await office.client.get(f"{HERE}?{query}")).status_code == status, query
        assert (await office.client.get(f"{HERE}/growth?{query}")).status_code == status, query
    for query in ("older=0&newer=2", "older=x&newer=2", "newer=2", "older=99999999999&newer=2"):
        assert (await office.client.get(f"{HERE}/growth?{query}")).status_code == 422, query
    assert (await office.client.get(f"{HERE}/checkpoints/99999999999")).status_code == 422


@pytest.mark.slow
async def test_a_long_list_goes_on_on_the_next_page(office: Office) -> None:
    for _ in range(33):
        await office.grow()
        await office.sign(OLD)
    page = await office.page()
    assert page.count("接得上</span>") == 31
    after = page.split('href="/audit/proof?after=', 1)[1].split('"', 1)[0]
    rest = await office.page(f"?after={after}")
    assert [f"第 {number} 号</a>" in rest for number in (1, 2, 3)] == [True, True, False]


async def test_all_leaves_are_taken_home_and_that_is_written_down(office: Office) -> None:
    await office.sign(OLD)
    await office.take(f"{HERE}/checkpoints/1/leaves")
    async with office.world.database.begin({office.world.here}) as db:
        takers = await db.scalars(select(Act.actor_id).where(Act.operation == "audit.export_leaves"))
        assert list(takers) == [office.world.auditor]


@pytest.mark.slow
async def test_a_program_reads_checkpoints_keys_and_growth(office: Office) -> None:
    await office.sign(OLD)
    await office.grow()
    await office.sign(OLD)
    here = f"/api/v1/communities/{office.world.here}"
    async with browser(service_over(office.world.database)) as client:
        shown = {"user_name": "auditor", "password": PASSWORD}
        token = (await client.post("/api/v1/logins", json=shown)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        listed = (await client.get(f"{here}/checkpoints")).json()
        assert [(row["number"], row["stands"]) for row in listed["rows"]] == [(2, True), (1, True)]
        assert listed["after"] is None
        assert [
            row["number"] for row in (await client.get(f"{here}/checkpoints?after=2")).json()["rows"]
        ] == [1]
        [key] = (await client.get(f"{here}/signing-keys")).json()
        assert (key["since_checkpoint"], key["vouched_by"]) == (1, [])
        assert listed["rows"][0]["signed_by"] == [key["key_id"]]
        grown = (await client.get(f"{here}/growth?older=1&newer=2")).json()
        assert grown["text"].endswith(listed["rows"][0]["text"])
        assert (await client.get(f"{here}/growth?older=2&newer=1")).status_code == 422


@pytest.fixture
async def signed(two_desks: World, tmp_path: Path) -> AsyncIterator[Office]:
    """A book with one checkpoint, in a database of its own."""
    async with browser(service_over(two_desks.database)) as client:
        made = Office(two_desks, await settled_book(two_desks), client, tmp_path)
        with clock.set_to(NOW):
            await made.sign(OLD)
            await made.come()
        yield made


@pytest.mark.slow
async def test_who_was_at_the_tables_is_seen_on_the_page_too(
    signed: Office, fresh_database: Database
) -> None:
    office = signed
    receipt = f"/accounts/entries/{await office.last_transfer()}/receipt"
    with clock.set_to(NOW):
        async with intruder(fresh_database) as sql:
            await sql.execute(text("UPDATE ledger.leaves SET hash = sha256('x') WHERE sequence = 0"))
        assert "接不上</span>" in await office.page()
        async with intruder(fresh_database) as sql:
            await sql.execute(text("UPDATE ledger.checkpoints SET note = replace(note, '— ', '- ')"))
        assert "签名不对</span>" in await office.page()
        async with intruder(fresh_database) as sql:
            await sql.execute(text("DELETE FROM ledger.leaves WHERE sequence = 0"))
        assert "没能核对</span>" in await office.page()
        refused = await office.client.get(receipt)
        assert (refused.status_code, "账簿树里少了 1 个摘要" in refused.text) == (409, True)
