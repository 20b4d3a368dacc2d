-- What the daemons' logic is and was. The host bounds it by count and size.
CREATE TABLE daemon_versions (
    daemon        TEXT    NOT NULL,
    generation    INTEGER NOT NULL,
    code_hash     TEXT    NOT NULL,
    at            TEXT    NOT NULL,
    outcome       TEXT    NOT NULL
        CHECK (outcome IN ('running', 'replaced', 'failed', 'refused', 'rolled_back')),
    reason        TEXT    NOT NULL,
    state         TEXT,
    state_version INTEGER,
    PRIMARY KEY (daemon, generation)
) STRICT;
CREATE INDEX daemon_versions_by_code ON daemon_versions (code_hash);

-- The text of a version, once for all daemons that ran it: the script, and as JSON the modules that it required.
CREATE TABLE daemon_code (
    code_hash TEXT    NOT NULL PRIMARY KEY,
    script    BLOB    NOT NULL,
    modules   TEXT    NOT NULL,
    size      INTEGER NOT NULL
) STRICT;

-- The hash of the script on disk that is not to be loaded: it was refused, failed its first steps, or an operator chose
-- another. Empty for none.
ALTER TABLE daemons ADD COLUMN passed_over TEXT NOT NULL DEFAULT '';
