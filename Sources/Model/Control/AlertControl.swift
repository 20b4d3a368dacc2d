/// The port through which the control plane asks for alerts and acknowledges them.
package protocol AlertControl: AnyObject, Sendable {
    /// Newest first.
    func alerts(_ phase: Alert.Phase, limit: Int) async throws(HostError) -> [Alert]
    /// Notes that somebody knows of it; the alert after that, durable. One that was acknowledged before stays as it is.
    /// `notFound` when there is no such alert, `conflict` when it is over.
    func acknowledge(_ id: Int64) async throws(HostError) -> Alert
}
