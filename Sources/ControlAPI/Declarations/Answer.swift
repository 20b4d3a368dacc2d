/// What a route answers when all is well; whatever is not well is a problem object.
struct Answer: Sendable {
    enum Content: Sendable {
        case none
        case json(Shape)
        /// A text of this media type.
        case text(type: String)
    }

    var statuses: [Int]
    var content: Content

    /// JSON of that shape, with one of these statuses.
    static func json(_ shape: Shape, _ statuses: Int...) -> Answer {
        Answer(statuses: statuses.isEmpty ? [200] : statuses, content: .json(shape))
    }

    static func text(_ type: String) -> Answer { Answer(statuses: [200], content: .text(type: type)) }

    /// Done, and there is nothing to tell.
    static let nothing = Answer(statuses: [204], content: .none)
    /// Server-sent events, until the client leaves.
    static let events = Answer.text("text/event-stream")
}
