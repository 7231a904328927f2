import Basics
import Domain
import HTTPServer
import JSON
import NIOCore

/// The JSON object in a request's body, read field by field; issues are collected, so that a client learns of all of
/// them at once. Unknown fields are ignored.
struct JSONBody {
    private let object: JSONObject
    private var issues = FieldIssues()

    /// - Parameter isOptional: true if no body is an object without fields.
    /// - Throws: `AppError.unsupportedMediaType` for a body that is not declared as JSON, `AppError.malformed` for one
    ///   that is not a JSON object.
    init(_ request: Request, isOptional: Bool = false) throws {
        if isOptional, request.body.readableBytes == 0 {
            object = JSONObject()
            return
        }
        let type = request.contentType ?? ""
        guard type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json")) else {
            throw AppError.unsupportedMediaType("Send the body as JSON, with Content-Type: application/json.")
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(request.json)
        } catch {
            throw AppError.malformed(error.description)
        }
        guard case .object(let object) = value else { throw AppError.malformed("Send a JSON object, in braces.") }
        self.object = object
    }

    /// An object within a body.
    init(_ object: JSONObject) { self.object = object }

    /// Those members that are objects are merged with an object's (RFC 7396, section 2).
    func merging(objectsOf current: JSONObject) -> JSONBody {
        let merged = current.merging(object)
        var all = JSONObject()
        // Null is not a member to be merged, and stays.
        for (name, value) in object.members { all.append(name, merged[name] ?? value) }
        return JSONBody(all)
    }

    /// Takes over the issues of an object within this body.
    mutating func take(_ nested: JSONBody) {
        for issue in nested.issues.all { issues.add(issue) }
    }

    mutating func note(_ name: String, _ sentence: String) { issues.add(FieldIssue(name, sentence, .wrongValue)) }

    func has(_ name: String) -> Bool { object[name] != nil }

    /// A required string; empty after an issue was noted.
    mutating func string(_ name: String) -> String {
        switch object[name] {
        case .string(let text)?: return text
        case nil: missing(name)
        case let other?: wrongType(name, "a string", other)
        }
        return ""
    }

    /// An optional string, which may also be null.
    mutating func optionalString(_ name: String) -> String? {
        switch object[name] {
        case .string(let text)?: return text
        case nil, .null?: break
        case let other?: wrongType(name, "a string or null", other)
        }
        return nil
    }

    /// An optional Boolean, which must not be null.
    mutating func optionalBool(_ name: String) -> Bool? {
        switch object[name] {
        case .bool(let bool)?: return bool
        case nil: break
        case let other?: wrongType(name, "true or false", other)
        }
        return nil
    }

    /// An optional object, which may also be null.
    mutating func optionalObject(_ name: String) -> JSONObject? {
        switch object[name] {
        case .object(let object)?: return object
        case nil, .null?: break
        case let other?: wrongType(name, "an object or null", other)
        }
        return nil
    }

    /// An optional array, which may also be null.
    mutating func optionalArray(_ name: String) -> [JSONValue]? {
        switch object[name] {
        case .array(let values)?: return values
        case nil, .null?: break
        case let other?: wrongType(name, "an array or null", other)
        }
        return nil
    }

    /// An optional whole number in a range, which must not be null.
    mutating func optionalInteger(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        switch object[name] {
        case .integer(let number)? where range.contains(number): return number
        case nil: break
        case .integer?:
            let rule = "Field '\(name)' must be from \(range.lowerBound) to \(range.upperBound)."
            issues.add(FieldIssue(name, rule, .wrongValue))
        case .double?: issues.add(FieldIssue(name, "Field '\(name)' must be a whole number.", .wrongType))
        case let other?: wrongType(name, "a whole number", other)
        }
        return nil
    }

    /// An optional whole number in a range; null clears it.
    mutating func integerOrNull(_ name: String, in range: ClosedRange<Int64>) -> Patch<Int64> {
        if case .null? = object[name] { return .clear }
        return optionalInteger(name, in: range).map(Patch.set) ?? .keep
    }

    /// A required array of strings; empty after an issue was noted.
    mutating func strings(_ name: String) -> [String] {
        guard case .array(let values)? = object[name] else {
            if let other = object[name] { wrongType(name, "an array of strings", other) } else { missing(name) }
            return []
        }
        let texts = values.compactMap { value in
            if case .string(let text) = value { text } else { nil }
        }
        if texts.count < values.count {
            issues.add(FieldIssue(name, "Field '\(name)' must be an array of strings.", .wrongType))
        }
        return texts
    }

    /// Notes that a required field is not there.
    mutating func missing(_ name: String) {
        issues.add(.required(name))
    }

    private mutating func wrongType(_ name: String, _ wanted: String, _ value: JSONValue) {
        issues.add(FieldIssue(name, "Field '\(name)' must be \(wanted), not \(value.article).", .wrongType))
    }

    /// Runs a domain rule on a field and keeps its issues, unless the field has an issue already.
    mutating func check<Value>(_ name: String, _ rule: () throws -> Value) throws -> Value? {
        guard !issues.all.contains(where: { $0.field == name }) else { return nil }
        return try issues.check(rule)
    }

    /// - Throws: `AppError.invalid` if any issue was noted.
    func finish() throws { try issues.finish() }
}

extension JSONValue {
    /// The type with its article, for sentences.
    fileprivate var article: String {
        switch self {
        case .null: "null"
        case .array, .object: "an \(kind)"
        default: "a \(kind)"
        }
    }
}

extension FieldIssue {
    /// A field that is missing.
    static func required(_ name: String) -> FieldIssue {
        FieldIssue(name, "Field '\(name)' is required.", .missing)
    }
}
