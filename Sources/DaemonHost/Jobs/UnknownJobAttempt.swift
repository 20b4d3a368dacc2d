import Model

/// A job whose type is gone or broken: the attempt fails with the reason, and the job may come back when it is mended.
final class UnknownJobAttempt: JobAttempt, Sendable {
    let record: JobRecord
    private let error: HostError
    private let service: JobService
    private let context: HostContext

    init(_ record: JobRecord, error: HostError, service: JobService, context: HostContext) {
        self.record = record
        self.error = error
        self.service = service
        self.context = context
    }

    func start() {
        let fault = JobFault(error.description)
        service.finish(self, transition(for: fault, JobDeclaration(), in: context))
    }

    func cancel(reason: String) {}
    func stop() {}
    func hurry() {}
    func watch(now: MonotonicTime) {}
}
