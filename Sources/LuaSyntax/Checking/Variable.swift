import Model

/// A local variable during the walk: what is known of its value and how it is used.
final class Variable {
    enum Kind {
        case local
        case parameter
        case loop
    }

    let name: String
    let position: SourcePosition
    let kind: Kind
    let attribute: LocalName.Attribute?
    /// What it was given when it was declared.
    let meaning: Meaning?
    var isRead = false
    var isReassigned = false
    /// It is being given its function's body: what is read there does not make it used.
    var isBeingDefined = false
    /// Its value was handed on as a whole, or looked into by a key that the text does not show.
    var isPassedOn = false
    /// Declared without a value, and the local that later took its name inside its scope.
    let isEmpty: Bool
    var hiddenBy: Variable?
    /// Declared as `local function`; its parameters once the body was read.
    let isFunction: Bool
    var parameters: [Variable] = []
    /// Findings that hold only while the variable keeps its first value.
    var pending: [Finding] = []

    init(
        _ name: LocalName, kind: Kind, meaning: Meaning? = nil, isEmpty: Bool = false, isFunction: Bool = false
    ) {
        self.isEmpty = isEmpty
        self.isFunction = isFunction
        self.name = name.name
        position = name.position
        attribute = name.attribute
        self.kind = kind
        self.meaning = meaning
    }

    /// Whether nothing would change if it were not there.
    var isUnused: Bool { kind == .local && !isRead && attribute != .close && !name.hasPrefix("_") }

    /// The local that takes its name for a value which it is read for, but never gets.
    var misleadingHider: Variable? { isEmpty && isRead && !isReassigned ? hiddenBy : nil }
}

/// What the walk knows of a value.
enum Meaning {
    /// The `lunad` table (an empty path) or what lies below it.
    case api([String])
    /// A library of the sandbox.
    case library(String)
    /// The table that the script returns: `self` in its methods.
    case daemon
    /// The daemon's `config`.
    case config
    /// The handle that `lunad.session` gives.
    case database
    /// The job that a job type's `run` and `on_cancel` are given.
    case job
    /// The ended job that a daemon's `on_job` is told of.
    case endedJob
    /// The arguments of a job whose type declares which there are.
    case arguments
    /// The `assert` of tests (an empty path), or what below it only leads to an assertion, such as `assert.are`.
    case assertion([String])
}
