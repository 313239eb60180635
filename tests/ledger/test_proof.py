"""Places, checkpoints and receipts on the database."""

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

import ledger
from ledger import BookNotVisible, proof
from ledger.proof import note, queries, tree
from tests.ledger.books import Book, move, open_book
from tests.postgres import Database, see

KEY = Ed25519PrivateKey.generate()


async def _post(db: AsyncSession, book: Book, count: int) -> list[UUID]:
    moves = [move(book, book.opening, book.pool, 1) for _ in range(count)]
    await ledger.post(db, moves)
    return [each.id for each in moves]


async def _sign(db: AsyncSession, book: Book, *keys: Ed25519PrivateKey) -> proof.Checkpoint:
    while await proof.sequence(db, book.id):
        pass
    return await proof.sign_checkpoint(db, book.id, origin="test/log", keys=keys or (KEY,))


async def test_every_transfer_gets_one_place(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, 60), move(book, book.opening, book.li, 60)])
    assert await proof.sequence(db, book.id) == 2
    assert await proof.sequence(db, book.id) == 0
    await ledger.post(db, [move(book, book.chen, book.li, 5), move(book, book.li, book.chen, 5)])
    assert await proof.sequence(db, book.id) == 2
    places = await db.execute(
        text("SELECT array_agg(sequence ORDER BY sequence) FROM ledger.leaves WHERE book_id = :book"),
        {"book": book.id},
    )
    assert places.scalar_one() == [0, 1, 2, 3]


async def test_places_are_given_a_few_at_a_time_and_none_is_passed_over(db: AsyncSession, book: Book) -> None:
    await _post(db, book, 25)
    await ledger.post(db, [move(book, book.opening, book.chen, 1) for _ in range(4)])
    given = []
    while got := await proof.sequence(db, book.id, most=10):
        given.append(got)
    assert sum(given) == 29
    assert max(given) <= 20


@pytest.mark.slow(5)
async def test_more_news_than_probes_are_worth_is_read_all_at_once_and_gets_the_same_places(
    db: AsyncSession, book: Book
) -> None:
    # Past 50,000 entries the statement joins in another way (`ledger.sequence`).
    for _ in range(4):
        await _post(db, book, ledger.OPERATIONS_MAX)
    count = 4 * ledger.OPERATIONS_MAX
    assert 2 * count > 50_000
    assert await proof.sequence(db, book.id, most=4 * count) == count
    places = await db.execute(
        text("""
            SELECT count(*), count(DISTINCT l.transfer_id), min(l.sequence), max(l.sequence),
                count(*) FILTER (WHERE l.sequence <> t.place)
            FROM ledger.leaves l
            JOIN (
                SELECT id, row_number() OVER (ORDER BY posted_at, id) - 1 AS place
                FROM ledger.transfers WHERE book_id = :book
            ) t ON t.id = l.transfer_id
            WHERE l.book_id = :book"""),
        {"book": book.id},
    )
    assert places.one() == (count, count, 0, count - 1, 0)
    # What comes after is probed for again, and joins on.
    await _post(db, book, 2)
    assert await proof.sequence(db, book.id) == 2
    assert await proof.sequence(db, book.id) == 0


async def test_the_root_is_that_of_the_leaves(db: AsyncSession, book: Book) -> None:
    await _post(db, book, 600)
    made = await _sign(db, book)
    leaves = await proof.leaves(db, book.id, 0, made.size)
    known = {(0, at): tree.leaf_hash(leaf) for at, leaf in enumerate(leaves)}
    known |= {
        (1, place): tree.node_hash(
            tree.span_hash((place * 256, place * 256 + 128), known),
            tree.span_hash((place * 256 + 128, place * 256 + 256), known),
        )
        for place in (0, 1)
    }
    assert made.size == 600
    assert made.root == tree.span_hash((0, 600), known)


async def test_a_checkpoint_that_says_nothing_new_is_not_made(db: AsyncSession, book: Book) -> None:
    await _post(db, book, 3)
    first = await _sign(db, book)
    assert await _sign(db, book) == first
    await _post(db, book, 1)
    second = await _sign(db, book)
    assert (second.number, second.size) == (2, 4)


async def test_an_old_key_vouches_for_the_new_one(db: AsyncSession, book: Book) -> None:
    new = Ed25519PrivateKey.generate()
    await _post(db, book, 3)
    await _sign(db, book, KEY)
    both = await _sign(db, book, KEY, new)
    known = await proof.signers(db, book.id)
    assert [signer.since_number for signer in known] == [1, 2]
    assert proof.signed_by(both.note, [signer.public_key for signer in known]) == {
        proof.public_key(KEY),
        proof.public_key(new),
    }


async def test_a_new_key_that_signs_alone_is_refused_by_us_and_by_the_database(
    db: AsyncSession, book: Book
) -> None:
    new = Ed25519PrivateKey.generate()
    await _post(db, book, 3)
    first = await _sign(db, book, KEY)
    with pytest.raises(proof.CheckpointRefused) as ours:
        await _sign(db, book, new)
    alone = note.sign(note.head_of(first.note), [new])
    with pytest.raises(IntegrityError) as theirs:
        await db.execute(
            text("SELECT ledger.record_checkpoint(:book, :size, :root, :note, CAST(:keys AS bytea[]))"),
            {
                "book": book.id,
                "size": first.size,
                "root": first.root,
                "note": alone,
                "keys": [proof.public_key(new)],
            },
        )
    assert ours.value.rule == "signer_unvouched"
    assert "signer_unvouched: checkpoint 2" in str(theirs.value)


async def test_a_log_keeps_its_name(db: AsyncSession, book: Book) -> None:
    await _post(db, book, 1)
    await _sign(db, book)
    await _post(db, book, 1)
    await proof.sequence(db, book.id)
    with pytest.raises(proof.CheckpointRefused) as refused:
        await proof.sign_checkpoint(db, book.id, origin="another", keys=[KEY])
    assert refused.value.rule == "checkpoint_changed"


async def test_a_transfer_has_a_receipt_once_a_checkpoint_holds_it(db: AsyncSession, book: Book) -> None:
    [transfer_id, *_] = await _post(db, book, 5)
    assert await proof.receipt(db, book.id, transfer_id) is None
    await proof.sequence(db, book.id)
    assert not await proof.is_signed(db, book.id, transfer_id)
    made = await _sign(db, book)
    assert await proof.is_signed(db, book.id, transfer_id)
    receipt = await proof.receipt(db, book.id, transfer_id)
    assert receipt is not None
    first, extra, index, *_ = receipt.text.split("\n")
    assert (first, index) == ("c2sp.org/tlog-proof@v1", f"index {receipt.index}")
    assert base64.b64decode(extra.removeprefix("extra ")) == receipt.leaf
    assert receipt.text.endswith(f"\n\n{made.note}")


async def test_every_checkpoint_stands_while_nobody_touched_the_tree(db: AsyncSession, book: Book) -> None:
    made = []
    for _ in range(3):
        await _post(db, book, 100)
        made.append(await _sign(db, book))
    assert await proof.standing(db, book.id, made) == {1, 2, 3}
    another = replace(made[1], root=bytes(32))
    assert await proof.standing(db, book.id, [made[0], another, made[2]]) == {1, 3}


async def test_the_last_checkpoint_before_a_moment_is_found(db: AsyncSession, book: Book) -> None:
    made = []
    for _ in range(3):
        await _post(db, book, 1)
        made.append(await _sign(db, book))
    first, second, third = made
    assert await proof.last_before(db, book.id, third.made_at) == second
    assert await proof.last_before(db, book.id, third.made_at + timedelta(days=1)) == third
    assert await proof.last_before(db, book.id, first.made_at) is None


async def test_a_book_that_is_not_seen_gives_no_places(db: AsyncSession) -> None:
    book = await open_book(db)
    await see(db)
    with pytest.raises(BookNotVisible):
        await proof.sequence(db, book.id)


async def test_a_missing_hash_is_told(db: AsyncSession, book: Book) -> None:
    await _post(db, book, 3)
    await proof.sequence(db, book.id)
    with pytest.raises(proof.TreeBroken):
        await queries.root(db, book.id, 4)


async def test_what_commits_late_gets_its_place_later(fresh_database: Database) -> None:
    engine = create_async_engine(fresh_database.service_url)
    async with AsyncSession(engine) as db, db.begin():
        book = await open_book(db)
        await ledger.post(db, [move(book, book.opening, book.chen, 100)])
    async with AsyncSession(engine) as slow, AsyncSession(engine) as quick, AsyncSession(engine) as db:
        for each in (slow, quick, db):
            await see(each, book.id)
        await ledger.post(slow, [move(book, book.chen, book.li, 10)])  # posted first …
        await ledger.post(quick, [move(book, book.opening, book.pool, 10)])
        await quick.commit()
        assert await proof.sequence(db, book.id) == 2
        await slow.commit()  # … and committed last
        assert await proof.sequence(db, book.id) == 1
        await db.commit()
    await engine.dispose()


async def test_two_at_once_give_each_place_once(fresh_database: Database) -> None:
    engine = create_async_engine(fresh_database.service_url)
    async with AsyncSession(engine) as db, db.begin():
        book = await open_book(db)
        await _post(db, book, 300)

    async def one() -> int:
        async with AsyncSession(engine) as db, db.begin():
            await see(db, book.id)
            return await proof.sequence(db, book.id)

    assert sorted(await asyncio.gather(one(), one(), one())) == [0, 0, 300]
    await engine.dispose()


async def test_with_all_checks_off_a_changed_leaf_gives_another_root(fresh_database: Database) -> None:
    engine = create_async_engine(fresh_database.service_url)
    async with AsyncSession(engine) as db, db.begin():
        book = await open_book(db)
        await _post(db, book, 3)
        made = await _sign(db, book)
    intruder = await asyncpg.connect(
        make_url(fresh_database.superuser_url)
        .set(drivername="postgresql")
        .render_as_string(hide_password=False)
    )
    await intruder.execute("ALTER TABLE ledger.leaves DISABLE TRIGGER ALL")
    await intruder.execute(
        "UPDATE ledger.leaves SET hash = set_bit(hash, 7, 1 - get_bit(hash, 7)) WHERE sequence = 1"
    )
    await intruder.close()
    async with AsyncSession(engine) as db, db.begin():
        await see(db, book.id)
        assert await queries.root(db, book.id, made.size) != made.root
    await engine.dispose()
