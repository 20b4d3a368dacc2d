-- Whether the host is only ready while this daemon runs, as its script said when it was last loaded.
ALTER TABLE daemons ADD COLUMN critical INTEGER NOT NULL DEFAULT 0 CHECK (critical IN (0, 1));

-- What somebody should look at: raised once while it lasts, resolved by itself. The host bounds it by rows and age.
CREATE TABLE host_alerts (
    id              INTEGER PRIMARY KEY,
    kind            TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    message         TEXT    NOT NULL,
    raised_at       TEXT    NOT NULL,
    acknowledged_at TEXT,
    resolved_at     TEXT
) STRICT;
CREATE UNIQUE INDEX host_alerts_active ON host_alerts (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX host_alerts_resolved ON host_alerts (resolved_at) WHERE resolved_at IS NOT NULL;
