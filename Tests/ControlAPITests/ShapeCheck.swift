import Model
import Testing

@testable import ControlAPI

extension Shape {
    /// Where and how a value that came over the wire departs from the shape; nil when it does not.
    func departure(of value: Value, at place: String = "") -> String? {
        switch (self, value) {
        case (.any, _), (.text, .string), (.integer, .integer), (.number, .integer), (.number, .number),
            (.boolean, .boolean), (.optional, .null), (.list, Value.emptyTable):
            return nil
        case (.instant, .string(let text)):
            return WallTime(iso8601: text) == nil ? "\(place) is no instant: \(text)" : nil
        case (.words(let words), .string(let text)):
            return words.contains(text) ? nil : "\(place) is \(text), none of \(words)"
        case (.either(let shapes), _):
            let departures = shapes.map { $0.departure(of: value, at: place) }
            return departures.contains(nil) ? nil : departures[0]
        case (.optional(let shape), _):
            return shape.departure(of: value, at: place)
        case (.list(let shape), .array(let elements)):
            return elements.enumerated().lazy.compactMap { shape.departure(of: $1, at: "\(place)[\($0)]") }.first
        case (.table(let shape), .object(let fields)):
            return fields.lazy.compactMap { shape.departure(of: $0.value, at: "\(place).\($0.key)") }.first
        case (.record(_, let declared), .object(let fields)):
            let given = fields.map(\.key)
            let expected = declared.filter { field in
                if case .sometimes = field.shape { given.contains(field.name) } else { true }
            }
            guard expected.map(\.name) == given else {
                return "\(place) has \(given), declared are \(declared.map(\.name))"
            }
            return zip(expected, fields).lazy.compactMap { field, given in
                field.shape.departure(of: given.value, at: "\(place).\(given.key)")
            }.first
        case (.sometimes(let shape), _):
            return shape.departure(of: value, at: place)
        default:
            return "\(place) is \(value.shown()), declared as \(self)"
        }
    }
}

extension RawAnswer {
    /// Holds the answer against what the route of that request declares, and records an issue when it departs.
    func check(against routes: [Route], _ method: String, _ target: String) {
        guard let path = try? RequestTarget(target).path else { return }
        let route =
            routes.filter { $0.method.rawValue == method && $0.match(path) != nil }.max { $0.weight < $1.weight }
        guard let route, route.answer.statuses.contains(status) else {
            guard status >= 400 else {
                Issue.record("\(method) \(target) answered \(status), which is not declared")
                return
            }
            let departure = json.map { Problem.shape.departure(of: $0) } ?? "no JSON: \(body)"
            #expect(departure == nil, "\(method) \(target)")
            #expect(header("content-type") == "application/problem+json", "\(method) \(target)")
            return
        }
        switch route.answer.content {
        case .none: #expect(body == "", "\(method) \(target)")
        case .text(let type): #expect(header("content-type")?.hasPrefix(type) == true, "\(method) \(target)")
        case .json(let shape):
            let departure = json.map { shape.departure(of: $0) } ?? "no JSON: \(body)"
            #expect(departure == nil, "\(method) \(target)")
            #expect(header("content-type") == "application/json", "\(method) \(target)")
        }
    }
}
