-- One row a distinct failure and daemon for good: one that comes again after it was resolved is reopened and counted on.
UPDATE daemon_errors SET
    count      = (SELECT sum(count) FROM daemon_errors e
                  WHERE e.daemon = daemon_errors.daemon AND e.fingerprint = daemon_errors.fingerprint),
    first_seen = (SELECT min(first_seen) FROM daemon_errors e
                  WHERE e.daemon = daemon_errors.daemon AND e.fingerprint = daemon_errors.fingerprint)
WHERE id IN (SELECT max(id) FROM daemon_errors GROUP BY daemon, fingerprint);
DELETE FROM daemon_errors WHERE id NOT IN (SELECT max(id) FROM daemon_errors GROUP BY daemon, fingerprint);
DROP INDEX daemon_errors_unresolved;
CREATE UNIQUE INDEX daemon_errors_by_group ON daemon_errors (daemon, fingerprint);
CREATE INDEX daemon_errors_by_fingerprint ON daemon_errors (fingerprint);
