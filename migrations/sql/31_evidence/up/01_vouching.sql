-- The four bytes by which a note tells keys apart: c2sp.org/signed-note, for Ed25519.
CREATE FUNCTION ledger.key_id(signer text, public_key bytea) RETURNS bytea
LANGUAGE sql STABLE
RETURN substring(sha256(convert_to(signer, 'UTF8') || '\x0a01'::bytea || public_key) FOR 4);

-- Whether a note has a line under a key. That it is the key's signature only those can see who check it: the
-- database knows no Ed25519, so reconciliation does.
CREATE FUNCTION ledger.is_under(note text, public_key bytea) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM string_to_table(split_part(note, E'\n\n', 2), E'\n') AS line
    WHERE (split_part(line, ' ', 1), split_part(line, ' ', 2)) = ('—', split_part(note, E'\n', 1))
        AND CASE WHEN split_part(line, ' ', 3) ~ '^[A-Za-z0-9+/]{8}'
            THEN substring(decode(left(split_part(line, ' ', 3), 8), 'base64') FOR 4) END
            = ledger.key_id(split_part(note, E'\n', 1), public_key));

-- A key that is new signs together with one that signed before, or anybody's key would do.
CREATE FUNCTION ledger.check_vouched() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledger.signers s WHERE s.book_id = NEW.book_id AND s.since_number < NEW.number
    HAVING count(*) > 0 AND NOT bool_or(ledger.is_under(NEW.note, s.public_key));
    IF FOUND THEN
        PERFORM ledger.refuse('signer_unvouched', format('checkpoint %s', NEW.number));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER signer_vouched AFTER INSERT ON ledger.checkpoints
    FOR EACH ROW EXECUTE FUNCTION ledger.check_vouched();

-- And it is under the checkpoint since which it is said to sign.
CREATE FUNCTION ledger.check_signer() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.checkpoints c WHERE c.book_id = NEW.book_id
        AND c.number = NEW.since_number AND ledger.is_under(c.note, NEW.public_key)) THEN
        PERFORM ledger.refuse('signer_unvouched', format('signer since %s', NEW.since_number));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER signer_vouched AFTER INSERT ON ledger.signers
    FOR EACH ROW EXECUTE FUNCTION ledger.check_signer();

ALTER TABLE ledger.checkpoints ENABLE ALWAYS TRIGGER signer_vouched;
ALTER TABLE ledger.signers ENABLE ALWAYS TRIGGER signer_vouched;
REVOKE ALL ON FUNCTION ledger.key_id(text, bytea), ledger.is_under(text, bytea), ledger.check_vouched(),
    ledger.check_signer() FROM PUBLIC;
