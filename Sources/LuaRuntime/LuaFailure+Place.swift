import CLuaShim
import Model

extension LuaFailure {
    init(_ kind: Kind, message: String, traceback: String, value: Value? = nil) {
        let place = Self.place(in: message) ?? Self.innermostPlace(in: traceback)
        self.init(
            kind: kind, message: message, file: place?.file, line: place?.line, traceback: traceback, value: value)
    }

    /// The `file:line:` in front of a message.
    private static func place(in message: some StringProtocol) -> (file: String, line: Int)? {
        let parts = message.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let line = Int(parts[1]), !parts[0].contains(" ") else { return nil }
        return (String(parts[0]), line)
    }

    /// The innermost level of a traceback that is in a script.
    private static func innermostPlace(in traceback: String) -> (file: String, line: Int)? {
        for level in traceback.split(separator: "\n") {
            if let place = place(in: level.drop { $0 == "\t" }) { return place }
        }
        return nil
    }
}

extension InterruptReason {
    init(_ raw: lunad_interrupt_reason) {
        switch raw {
        case LUNAD_INTERRUPT_STEP_TIMEOUT: self = .stepTimeout
        case LUNAD_INTERRUPT_SESSION_TIMEOUT: self = .sessionTimeout
        case LUNAD_INTERRUPT_MEMORY: self = .memory
        case LUNAD_INTERRUPT_DIRECTIVE: self = .directive
        default: self = .stop
        }
    }

    var raw: lunad_interrupt_reason {
        switch self {
        case .stop: LUNAD_INTERRUPT_STOP
        case .stepTimeout: LUNAD_INTERRUPT_STEP_TIMEOUT
        case .sessionTimeout: LUNAD_INTERRUPT_SESSION_TIMEOUT
        case .memory: LUNAD_INTERRUPT_MEMORY
        case .directive: LUNAD_INTERRUPT_DIRECTIVE
        }
    }

    var message: String {
        switch self {
        case .stop: "interrupted: it was told to stop and did not end in time"
        case .stepTimeout: "interrupted: it gave no sign of life for too long"
        case .sessionTimeout: "interrupted: it held a session for too long"
        case .memory: "interrupted: it needed more memory than its limit allows"
        case .directive: "ended at its own request"
        }
    }
}

extension lunad_bytes {
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }

    var text: String { String(decoding: buffer, as: UTF8.self) }
}

extension APIFunction {
    /// The parameters as the C side checks them: one letter each, a capital one when optional.
    var parameterCodes: String {
        parameters.map { parameter in
            let letter =
                switch parameter.type {
                case .string: "s"
                case .number: "n"
                case .integer: "i"
                case .boolean: "b"
                case .table: "t"
                case .function: "f"
                case .any: "a"
                case .variadic: "v"
                }
            return parameter.isOptional ? letter.uppercased() : letter
        }.joined()
    }
}
