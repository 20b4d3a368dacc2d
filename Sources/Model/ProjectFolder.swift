/// Where the parts of a project lie, from its folder's path.
package struct ProjectFolder: Sendable, Hashable {
    /// The absolute path of the folder that holds `scripts/`.
    package let path: String

    package init(path: String) { self.path = path }

    package var scripts: String { path + "/scripts" }
    package var jobs: String { path + "/scripts/jobs" }
    package var libraries: String { path + "/scripts/lib" }
    package var tests: String { path + "/scripts/tests" }
    package var migrations: String { path + "/Migrations" }
    package var settings: String { path + "/lunad.lua" }
    package var runtime: String { path + "/var" }
    package var database: String { path + "/var/lunad.db" }
    package var socket: String { path + "/var/lunad.sock" }
    package var token: String { path + "/var/token" }
    package var lock: String { path + "/var/lunad.lock" }
}
