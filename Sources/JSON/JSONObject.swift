/// The members of an object in order of appearance, with unique names.
package struct JSONObject: Sendable, Equatable {
    package private(set) var members: [(name: String, value: JSONValue)] = []

    package init() {}

    /// Compares names byte by byte: Swift's own comparison takes "é" for "e" and an accent.
    package subscript(name: String) -> JSONValue? {
        members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && zip(left.members, right.members).allSatisfy {
                $0.name.utf8.elementsEqual($1.name.utf8) && $0.value == $1.value
            }
    }

    package mutating func append(_ name: String, _ value: JSONValue) {
        members.append((name, value))
    }
}
