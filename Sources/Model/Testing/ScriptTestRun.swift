/// What is to be tested, and how long a test may take.
package struct ScriptTestOptions: Sendable, Hashable {
    /// How the names of test files end.
    package static let ending = "_test.lua"
    package static let usualTimeout = Duration.seconds(10)

    /// Test files and folders of them; none for the project's own `scripts/tests`.
    package var paths: [String]
    /// Only tests whose full name contains this, in any case.
    package var filter: String?
    /// Real time that one test may take.
    package var timeout: Duration

    package init(paths: [String] = [], filter: String? = nil, timeout: Duration = usualTimeout) {
        self.paths = paths
        self.filter = filter
        self.timeout = timeout
    }
}

/// What is told while tests run, in order.
package enum ScriptTestEvent: Sendable {
    /// A file was read; so many of its tests are to run.
    case file(String, tests: Int)
    case ended(ScriptTestResult)
}

/// The port through which the command line runs the tests of a project; given by the executable.
///
/// `tell` hears what happens on the thread of the tests. Throws when there is nothing to test or it cannot be read.
package typealias ScriptTestRun =
    @Sendable (ProjectFolder, ScriptTestOptions, @escaping @Sendable (ScriptTestEvent) -> Void) async throws(HostError)
    -> Void
