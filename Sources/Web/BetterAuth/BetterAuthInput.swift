import Basics
import Domain
import JSON

/// Reads the fields of a body and words errors as Better Auth's validator does.
struct BetterAuthInput {
    private var fields = JSONObject()
    private var issues: [String] = []

    /// - Parameter alsoRecord: the endpoint requires an object and a record, and reports both.
    init(_ call: BetterAuthCall, alsoRecord: Bool = false) throws {
        guard case .object(let object)? = call.body else {
            let kind = Self.kind(call.body)
            let message = "[body] Invalid input: expected object, received \(kind)"
            let second = alsoRecord ? "; [body] Invalid input: expected record, received \(kind)" : ""
            throw BetterAuthError.validation(message + second)
        }
        fields = object
    }

    /// For endpoints whose body is optional.
    init(optional call: BetterAuthCall) throws {
        if call.body != nil { try self.init(call) } else { self.init() }
    }

    private init() {}

    var isEmpty: Bool { fields.members.isEmpty }
    func has(_ name: String) -> Bool { fields[name] != nil }

    /// A required string; empty after an error was noted, as the others below.
    mutating func string(_ name: String) -> String { text(name) ?? "" }

    mutating func optionalString(_ name: String) -> String? { has(name) ? string(name) : nil }

    /// Missing, null or a string.
    mutating func stringPatch(_ name: String) -> Patch<String> {
        switch fields[name] {
        case nil: .keep
        case .null?: .clear
        default: .set(string(name))
        }
    }

    /// Missing or one of these words.
    mutating func optionalWord(_ name: String, among words: [String]) -> String? {
        guard let value = fields[name] else { return nil }
        if case .string(let text) = value, words.contains(text) { return text }
        let list = words.map { "\"\($0)\"" }.joined(separator: "|")
        issues.append("[body.\(name)] Invalid option: expected one of \(list)")
        return nil
    }

    mutating func optionalBool(_ name: String) -> Bool? {
        switch fields[name] {
        case nil: return nil
        case .bool(let bool)?: return bool
        default:
            expected("boolean", name)
            return nil
        }
    }

    /// A required object; empty after an error was noted.
    mutating func object(_ name: String) -> JSONObject {
        if case .object(let object)? = fields[name] { return object }
        expected("object", name)
        return JSONObject()
    }

    mutating func email(_ name: String) -> String {
        guard let text = text(name) else { return "" }
        if !Self.isEmail(text) { issues.append("[body.\(name)] Invalid email address") }
        return text
    }

    mutating func password(_ name: String) -> String {
        guard let text = text(name) else { return "" }
        if text.isEmpty { issues.append("[body.\(name)] Too small: expected string to have >=1 characters") }
        return text
    }

    private mutating func text(_ name: String) -> String? {
        if case .string(let text)? = fields[name] { return text }
        expected("string", name)
        return nil
    }

    /// - Throws: all errors, in the order in which the fields were read.
    func finish() throws {
        guard issues.isEmpty else { throw BetterAuthError.validation(issues.joined(separator: "; ")) }
    }

    /// The usual rule for addresses, but without trimming.
    static func isEmail(_ text: String) -> Bool {
        EmailAddress(text).map { $0.text.utf8.count == text.utf8.count } ?? false
    }

    private mutating func expected(_ kind: String, _ name: String) {
        issues.append("[body.\(name)] Invalid input: expected \(kind), received \(Self.kind(fields[name]))")
    }

    private static func kind(_ value: JSONValue?) -> String { value?.kind ?? "undefined" }
}
