import Model
import Synchronization

/// The answers that show daemons as they are, kept for as long as those stay so.
///
/// An answer is made of its record alone. So one that was made of an equal record is right whenever it was made, and
/// nobody has to tell of changes.
final class RecordAnswers: Sendable {
    /// A class, so that to look at one counts one reference and not those of all its texts.
    private final class Answer: Sendable {
        let record: DaemonRecord
        let response: HTTPResponse

        init(_ record: DaemonRecord, _ response: HTTPResponse) {
            self.record = record
            self.response = response
        }
    }

    /// How many are kept; those of a project that has more are made anew now and then.
    private static let mostKept = 256

    private let answers = Mutex<[String: Answer]>([:])

    /// The record as JSON. Throws when it cannot be written.
    func answer(_ record: DaemonRecord) throws(HostError) -> HTTPResponse {
        if let kept = answers.withLock({ $0[record.name] }), kept.record == record { return kept.response }
        var response = try HTTPResponse.json(record.value)
        response.kept = KeptResponse()
        answers.withLock { answers in
            if answers.count >= Self.mostKept, answers[record.name] == nil { answers = [:] }
            answers[record.name] = Answer(record, response)
        }
        return response
    }
}
