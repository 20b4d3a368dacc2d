-- Which migrations this database has seen.
CREATE TABLE schema_migrations (
    origin     TEXT NOT NULL CHECK (origin IN ('core', 'project')),
    name       TEXT NOT NULL,
    checksum   TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    PRIMARY KEY (origin, name)
) STRICT, WITHOUT ROWID;
