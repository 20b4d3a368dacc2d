/// The port through which the control plane asks the engine for numbers to draw. Answers from memory at once; safe from
/// any thread.
package protocol StatisticsSource: AnyObject, Sendable {
    /// The last `span`, of one daemon or of all together; `notFound` for an unknown daemon.
    ///
    /// All together are always counted. Of daemons a bounded number is: the first ones, and then those that were asked
    /// for last; one that was not among them is counted from the question on.
    func statistics(of daemon: String?, span: Duration) throws(HostError) -> StatisticsReport

    /// How long each daemon's last steps took, in seconds, oldest first, by the daemon's name; those without are left out.
    func recentSteps() -> [String: [Float]]
}
