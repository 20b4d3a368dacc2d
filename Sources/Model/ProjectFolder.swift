/// Where the parts of a project lie.
package struct ProjectFolder: Sendable, Hashable {
    /// Where relative paths of scripts begin, and programs run: the project's folder; an absolute path for a host.
    package let path: String
    /// What holds `scripts/`, `var/` and the rest: the same, unless a single script is hosted without a project.
    private let root: String
    /// The one script that is hosted without a project.
    package let single: SingleScript?

    package init(path: String) {
        self.path = path
        root = path
        single = nil
    }

    /// A folder at `root` in the place of a project, for one script; `path` is where its relative paths begin.
    package init(single: SingleScript, path: String, root: String) {
        self.path = path
        self.root = root
        self.single = single
    }

    package var scripts: String { root + "/scripts" }
    package var jobs: String { root + "/scripts/jobs" }
    package var libraries: String { root + "/scripts/lib" }
    package var tests: String { root + "/scripts/tests" }
    package var migrations: String { root + "/Migrations" }
    package var settings: String { root + "/lunad.lua" }
    package var runtime: String { root + "/var" }
    package var database: String { root + "/var/lunad.db" }
    package var socket: String { root + "/var/lunad.sock" }
    package var token: String { root + "/var/token" }
    package var lock: String { root + "/var/lunad.lock" }

    /// How messages name the script of a type.
    package func shown(script type: String) -> String {
        single?.type == type ? single?.given ?? type : "scripts/\(type).lua"
    }

    /// Folders whose scripts may change.
    package var watched: [String] { [scripts, jobs] + (single.map { [$0.folder] } ?? []) }

    package struct SingleScript: Sendable, Hashable {
        /// Its name without `.lua`, which is also its daemon's.
        package var type: String
        /// As it was named on the command line.
        package var given: String
        /// The folder that holds it.
        package var folder: String

        package init(type: String, given: String, folder: String) {
            self.type = type
            self.given = given
            self.folder = folder
        }
    }
}
