/// Values as literals in the source: `["title": "Buy milk", "completed": false]`.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONObject {
    /// Creates an object with the members in this order; names must be unique.
    package init(_ members: some Sequence<(String, JSONValue)>) {
        self.init()
        for (name, value) in members { append(name, value) }
    }
}

extension JSONValue {
    /// The text for human readers: two spaces for each level, short values on one line.
    package func indented(by indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty && !isShort:
            return "[\n" + elements.map { inner + $0.indented(by: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let object) where !object.members.isEmpty:
            let lines = object.members.map { name, value in
                inner + JSONValue.string(name).compact + ": " + value.indented(by: inner)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        case .array(let elements): return "[" + elements.map(\.compact).joined(separator: ", ") + "]"
        default: return compact
        }
    }

    /// The text for programs, on one line.
    package var compact: String {
        var json = JSONWriter()
        json.value(self)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// True for an array of a few plain values.
    private var isShort: Bool {
        guard case .array(let elements) = self, elements.count <= 4 else { return false }
        return elements.allSatisfy { element in
            switch element {
            case .array, .object: false
            default: true
            }
        }
    }
}
