/// The host's own schema changes, in the order in which they are applied.
///
/// The text of each stands in `core/sqlite` and is embedded in the binary. A migration that was released never
/// changes: its checksum is in every database.
package enum CoreMigrations {
    package static let sqlite: [Migration] = [
        Migration("0001_schema_migrations.sql", PackageResources._001_schema_migrations_sql),
        Migration("0002_daemons.sql", PackageResources._002_daemons_sql),
        Migration("0003_history.sql", PackageResources._003_history_sql),
        Migration("0004_jobs.sql", PackageResources._004_jobs_sql),
        Migration("0005_versions.sql", PackageResources._005_versions_sql),
        Migration("0006_error_groups.sql", PackageResources._006_error_groups_sql),
        Migration("0007_alerts.sql", PackageResources._007_alerts_sql),
        Migration("0008_schedule_zones.sql", PackageResources._008_schedule_zones_sql),
    ]

    /// One file of SQL statements that belong together.
    package struct Migration: Sendable, Hashable {
        /// The file's name, `NNNN_what.sql`.
        package var name: String
        package var sql: String

        package init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            sql = String(decoding: bytes, as: UTF8.self)
        }
    }
}
