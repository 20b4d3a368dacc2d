import Testing

/// All tests of the engine, one at a time: each has worker threads of its own, and virtual time goes fastest when
/// nobody else competes for the machine.
@Suite("the engine", .serialized)
struct EngineTests {}
