extension ProcessResult {
    /// The result of a program that somebody answers for in its place: no process, no cost. Of each output as much is
    /// kept as `limit` allows.
    package init(
        exitCode: Int32?, signal: Int32? = nil, out: [UInt8] = [], err: [UInt8] = [], limit: Int,
        endedBy: Cause = .itself
    ) {
        self.init(
            exitCode: exitCode, signal: signal, out: CapturedOutput(of: out, limit: limit),
            err: CapturedOutput(of: err, limit: limit), userSeconds: 0, systemSeconds: 0, maxResidentBytes: 0,
            wallSeconds: 0, endedBy: endedBy)
    }
}

extension CapturedOutput {
    /// What is kept of these bytes.
    package init(of bytes: [UInt8], limit: Int) {
        self.init(limit: limit)
        bytes.withUnsafeBytes { append($0) }
    }
}
