"""What is given out is checked by a script that shares no code with us, and by openssl."""

import base64
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import proof
from ledger.proof import verify
from tests.ledger.books import Book, move

KEY = Ed25519PrivateKey.generate()
SIZES = [1, 2, 3, 7, 8, 255, 256, 257, 300]

# RFC 8032 §7.1: public key, message, signature.
SIGNED = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@dataclass
class Given:
    """Files as an outsider has them, in a folder without anything of ours."""

    folder: Path

    def write(self, name: str, text: str) -> None:
        """Put a file there."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def check(self, *arguments: str) -> tuple[int, str]:
        """What the script says, run by itself."""
        done = subprocess.run(
            [sys.executable, "-I", "verify.py", *arguments, "--key", "public.txt"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """The script and the public key."""
    shutil.copy(verify.__file__, tmp_path / "verify.py")
    made = Given(tmp_path)
    made.write("public.txt", f"{proof.verifier_key('test/log', proof.public_key(KEY))}\n")
    return made


async def _grow(db: AsyncSession, book: Book, size: int) -> proof.Checkpoint:
    more = size - await proof.size(db, book.id)
    await ledger.post(db, [move(book, book.opening, book.pool, 7) for _ in range(more)])
    await proof.sequence(db, book.id)
    return await proof.sign_checkpoint(db, book.id, origin="test/log", keys=[KEY])


@pytest.mark.parametrize(("public", "message", "signature"), SIGNED)
def test_the_published_signatures_are_true_and_no_others(public: str, message: str, signature: str) -> None:
    key, said, signed = (bytes.fromhex(each) for each in (public, message, signature))
    assert verify.is_signed(key, said, signed)
    assert not verify.is_signed(key, said + b"x", signed)
    for at in (0, 31, 32, 63):
        assert not verify.is_signed(key, said, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])


async def test_a_receipt_is_proved_and_read_in_plain_words(
    db: AsyncSession, book: Book, given: Given
) -> None:
    wanted = move(book, book.opening, book.chen, 90)
    await ledger.post(db, [wanted])
    await _grow(db, book, 20)
    receipt = await proof.receipt(db, book.id, wanted.id)
    assert receipt is not None
    given.write("mine.tlog-proof", receipt.text)
    code, said = given.check("mine.tlog-proof")
    assert code == 0, said
    for word in (str(wanted.id), str(book.chen), "minutes: 90", "2026-11-02", "属实", "Proved"):
        assert word in said


async def test_every_bit_of_a_receipt_counts(db: AsyncSession, book: Book, given: Given) -> None:
    wanted = move(book, book.opening, book.chen, 90)
    await ledger.post(db, [wanted])
    await _grow(db, book, 20)
    receipt = await proof.receipt(db, book.id, wanted.id)
    assert receipt is not None
    keys = (given.folder / "public.txt").read_text()
    verify.check_receipt(receipt.text, keys)
    lines = receipt.text.split("\n")
    for at, line in enumerate(lines):
        word = line.rpartition(" ")[2]
        if len(word) < 20:
            continue
        raw = bytearray(base64.b64decode(word)) if at else bytearray()
        for byte in range(0, len(raw), 16):
            changed = raw.copy()
            changed[byte] ^= 4
            forged = line.replace(word, base64.b64encode(changed).decode())
            with pytest.raises((verify.NotProved, ValueError)):
                verify.check_receipt("\n".join([*lines[:at], forged, *lines[at + 1 :]]), keys)
    with pytest.raises(verify.NotProved):
        verify.check_receipt(
            receipt.text.replace(f"index {receipt.index}\n", f"index {receipt.index + 1}\n"), keys
        )


@pytest.mark.slow
async def test_receipts_and_growth_are_proved_at_every_size(
    db: AsyncSession, book: Book, given: Given
) -> None:
    keys = (given.folder / "public.txt").read_text()
    made: list[proof.Checkpoint] = []
    for size in SIZES:
        made.append(await _grow(db, book, size))
        for leaf in await proof.leaves(db, book.id, max(0, size - 2), size):
            transfer_id = verify.read_leaf(leaf)["划转 transfer"]
            receipt = await proof.receipt(db, book.id, UUID(transfer_id))
            assert receipt is not None
            verify.check_receipt(receipt.text, keys)
        for older in made:
            verify.check_growth(await proof.consistency(db, older, made[-1]), keys, older.note)
    grown = await proof.consistency(db, made[2], made[-1])
    with pytest.raises(verify.NotProved):
        verify.check_growth(grown.replace("old 3", "old 7"), keys, made[3].note)


@pytest.mark.slow
async def test_a_whole_book_is_proved_and_one_bit_more_is_not(
    db: AsyncSession, book: Book, given: Given
) -> None:
    made = await _grow(db, book, 300)
    leaves = await proof.leaves(db, book.id, 0, 300)
    given.write("checkpoint.txt", made.note)
    given.write("leaves.txt", proof.leaves_file(leaves))
    code, said = given.check("checkpoint.txt", "--leaves", "leaves.txt")
    assert (code, "2100" in said) == (0, True), said
    leaves[170] = leaves[170][:80] + bytes([leaves[170][80] ^ 1]) + leaves[170][81:]
    given.write("leaves.txt", proof.leaves_file(leaves))
    code, said = given.check("checkpoint.txt", "--leaves", "leaves.txt")
    assert (code, "NOT PROVED" in said) == (1, True), said


async def test_growth_is_checked_by_the_script(db: AsyncSession, book: Book, given: Given) -> None:
    older = await _grow(db, book, 5)
    newer = await _grow(db, book, 9)
    given.write("older.txt", older.note)
    given.write("growth.txt", await proof.consistency(db, older, newer))
    assert given.check("growth.txt", "--old", "older.txt")[0] == 0
    given.write("public.txt", proof.verifier_key("test/log", proof.public_key(Ed25519PrivateKey.generate())))
    assert given.check("growth.txt", "--old", "older.txt")[0] == 1


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
async def test_openssl_says_that_the_signature_is_true(db: AsyncSession, book: Book, given: Given) -> None:
    made = await _grow(db, book, 5)
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text, _, line = made.note.rpartition("\n\n")
    (given.folder / "public.pem").write_bytes(pem)
    (given.folder / "signature").write_bytes(base64.b64decode(line.split(" ")[2])[4:])
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "public.pem",
        "-rawin",
        "-in",
        "text",
        "-sigfile",
        "signature",
    ]
    for said, code in ((f"{text}\n", 0), (f"{text} \n", 1)):
        given.write("text", said)
        assert subprocess.run(command, cwd=given.folder, capture_output=True, check=False).returncode == code
    given.write("public.txt", pem.decode())
    given.write("checkpoint.txt", made.note)
    assert given.check("checkpoint.txt")[0] == 0
