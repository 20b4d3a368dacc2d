/// The port to the alerts that are on record. Reads block the calling thread for a disk read.
package protocol AlertStore: AnyObject, Sendable {
    /// Newest first.
    func alerts(_ phase: Alert.Phase, limit: Int) throws(HostError) -> [Alert]
    func alert(_ id: Int64) throws(HostError) -> Alert?
    /// The greatest number that an alert ever had here; 0 when there was none.
    func lastAlertID() throws(HostError) -> Int64
}
