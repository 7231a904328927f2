import Domain
import HTTPServer
import JSON
import NIOCore

/// The JSON object in a request's body, read field by field; what is wrong is collected, so that a client learns of
/// all of it at once. Fields that nobody asks for are ignored.
struct JSONBody {
    private let object: JSONObject
    private var issues = FieldIssues()

    /// - Throws: `AppError.unsupportedMediaType` for a body that doesn't call itself JSON, `AppError.malformed` for
    ///   one that is not a JSON object.
    init(_ request: Request) throws {
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

    func has(_ name: String) -> Bool { object[name] != nil }

    /// A field that must be there and be a string; an empty one stands in after an issue was noted.
    mutating func string(_ name: String) -> String {
        switch object[name] {
        case .string(let text)?: return text
        case nil: issues.add(FieldIssue(name, "Field '\(name)' is required.", .missing))
        case let other?: wrongType(name, "a string", other)
        }
        return ""
    }

    /// A field that may be missing or null.
    mutating func optionalString(_ name: String) -> String? {
        switch object[name] {
        case .string(let text)?: return text
        case nil, .null?: break
        case let other?: wrongType(name, "a string or null", other)
        }
        return nil
    }

    /// A field that may be missing, but not null.
    mutating func optionalBool(_ name: String) -> Bool? {
        switch object[name] {
        case .bool(let bool)?: return bool
        case nil: break
        case let other?: wrongType(name, "true or false", other)
        }
        return nil
    }

    private mutating func wrongType(_ name: String, _ wanted: String, _ value: JSONValue) {
        issues.add(FieldIssue(name, "Field '\(name)' must be \(wanted), not \(value.article).", .wrongType))
    }

    /// Runs a rule of the domain on a field and keeps what it finds wrong, unless something is wrong with the field
    /// already.
    mutating func check<Value>(_ name: String, _ rule: () throws -> Value) throws -> Value? {
        guard !issues.all.contains(where: { $0.field == name }) else { return nil }
        return try issues.check(rule)
    }

    /// - Throws: `AppError.invalid` when anything was wrong.
    func finish() throws { try issues.finish() }
}

extension JSONValue {
    /// The kind with its article, for sentences.
    fileprivate var article: String {
        switch self {
        case .null: "null"
        case .array, .object: "an \(kind)"
        default: "a \(kind)"
        }
    }
}
