/// What the engine knows in one round that alerts are made from. What is fine is left out.
package struct AlertFacts: Sendable {
    package var daemons: [DaemonTrouble]
    /// Running jobs.
    package var jobs: [RunningJob]
    /// Runs of job types that ended since the last round.
    package var ended: [EndedRuns]
    /// The database's disk as it was last looked at; nil before the first look.
    package var disk: DiskSpace?

    package init(
        daemons: [DaemonTrouble] = [], jobs: [RunningJob] = [], ended: [EndedRuns] = [], disk: DiskSpace? = nil
    ) {
        self.daemons = daemons
        self.jobs = jobs
        self.ended = ended
        self.disk = disk
    }

    /// A daemon that is not simply fine.
    package struct DaemonTrouble: Sendable, Hashable {
        package enum State: Sendable, Hashable {
            case failed
            /// It lives, but has not succeeded since it last failed or started.
            case recovering
            case fine
        }

        package var name: String
        package var state: State
        package var reason: String
        /// Failures since the last round.
        package var newErrors: Int
        /// What its silence was, when it lasted beyond its limit and nothing has succeeded since.
        package var silence: String?

        package init(name: String, state: State, reason: String, newErrors: Int = 0, silence: String? = nil) {
            self.name = name
            self.state = state
            self.reason = reason
            self.newErrors = newErrors
            self.silence = silence
        }
    }

    package struct RunningJob: Sendable, Hashable {
        package var id: Int64
        package var type: String
        /// Since it started or last showed progress.
        package var silence: Duration

        package init(id: Int64, type: String, silence: Duration) {
            self.id = id
            self.type = type
            self.silence = silence
        }
    }

    package struct EndedRuns: Sendable, Hashable {
        package var type: String
        package var completed: Int
        package var failed: Int

        package init(type: String, completed: Int = 0, failed: Int = 0) {
            self.type = type
            self.completed = completed
            self.failed = failed
        }
    }

    package struct DiskSpace: Sendable, Hashable {
        /// The folder whose disk it is.
        package var folder: String
        /// Bytes that may still be written.
        package var free: Int64
        package var size: Int64

        package init(folder: String, free: Int64, size: Int64) {
            self.folder = folder
            self.free = free
            self.size = size
        }
    }
}
