import JSON

/// The schema of a JSON value: the part of JSON Schema 2020-12 that OpenAPI 3.1 needs for this API, with a valid
/// example.
package struct JSONSchema: Sendable {
    package indirect enum Kind: Sendable {
        /// Lengths count Unicode code points, as in JSON Schema.
        case string(format: String?, pattern: String?, lengths: ClosedRange<Int>?)
        case words([String])
        case integer(ClosedRange<Int64>?)
        case boolean
        case null
        case array(JSONSchema)
        /// - Parameter isClosed: true if no other properties are allowed. Responses are closed, so that an undocumented
        ///   field is detected; requests are open, as unknown fields are ignored.
        case object([Property], isClosed: Bool)
        case either([JSONSchema])
        /// A JSON Schema or an OpenAPI document, that is any object.
        case anyObject
    }

    package struct Property: Sendable {
        package let name: String
        package let schema: JSONSchema
        package let isRequired: Bool
    }

    package var kind: Kind
    package var isNullable = false
    /// One sentence, or empty if the name is sufficient.
    package var text = ""
    package var example: JSONValue?
    /// The default value.
    package var standard: JSONValue?
    /// The name among the document's components; nil for a schema that is written inline.
    package var name: String?

    package init(_ kind: Kind) { self.kind = kind }

    // MARK: Building

    static func string(format: String? = nil, pattern: String? = nil, _ example: String) -> JSONSchema {
        string(format: format, pattern: pattern, nil, example)
    }

    /// - Parameter lengths: the number of characters.
    static func string(
        format: String? = nil, pattern: String? = nil, _ lengths: ClosedRange<Int>?, _ example: String
    ) -> JSONSchema {
        var schema = JSONSchema(.string(format: format, pattern: pattern, lengths: lengths))
        schema.example = .string(example)
        return schema
    }

    /// Exactly one of these words.
    static func words(_ words: String...) -> JSONSchema { self.words(words) }

    static func words(_ words: [String]) -> JSONSchema {
        var schema = JSONSchema(.words(words))
        schema.example = words.first.map { .string($0) }
        return schema
    }

    static func boolean(_ example: Bool) -> JSONSchema {
        var schema = JSONSchema(.boolean)
        schema.example = .bool(example)
        return schema
    }

    static func integer(_ range: ClosedRange<Int64>? = nil, _ example: Int64) -> JSONSchema {
        var schema = JSONSchema(.integer(range))
        schema.example = .integer(example)
        return schema
    }

    static func array(of element: JSONSchema) -> JSONSchema { JSONSchema(.array(element)) }
    static func either(_ schemas: JSONSchema...) -> JSONSchema { JSONSchema(.either(schemas)) }
    static let null = JSONSchema(.null)

    /// A response schema.
    static func answer(_ name: String? = nil, _ properties: Property...) -> JSONSchema {
        answer(name, properties: properties)
    }

    static func answer(_ name: String?, properties: [Property]) -> JSONSchema {
        var schema = JSONSchema(.object(properties, isClosed: true))
        schema.name = name
        return schema
    }

    /// A request schema.
    static func request(_ name: String? = nil, _ properties: Property...) -> JSONSchema {
        var schema = JSONSchema(.object(properties, isClosed: false))
        schema.name = name
        return schema
    }

    func orNull() -> JSONSchema {
        var schema = self
        schema.isNullable = true
        return schema
    }

    func saying(_ text: String) -> JSONSchema {
        var schema = self
        schema.text = text
        return schema
    }

    func showing(_ example: JSONValue) -> JSONSchema {
        var schema = self
        schema.example = example
        return schema
    }

    func standardly(_ value: JSONValue) -> JSONSchema {
        var schema = self
        schema.standard = value
        return schema
    }

    // MARK: Reading

    /// A valid value: the example, or one composed of the parts' examples.
    package var sample: JSONValue {
        if let example { return example }
        return switch kind {
        case .array(let element): .array([element.sample])
        case .object(let properties, _): .object(JSONObject(properties.map { ($0.name, $0.schema.sample) }))
        case .either(let schemas): schemas.first?.sample ?? .null
        case .words(let words): words.first.map { .string($0) } ?? .null
        case .string: ""
        case .integer: 0
        case .boolean: true
        case .anyObject: [:]
        case .null: .null
        }
    }

    var pattern: String? {
        if case .string(_, let pattern, _) = kind { pattern } else { nil }
    }

    package var properties: [Property] {
        switch kind {
        case .object(let properties, _): properties
        case .array(let element): element.properties
        case .either(let schemas): schemas.first?.properties ?? []
        default: []
        }
    }
}

extension JSONSchema.Property {
    static func required(_ name: String, _ schema: JSONSchema) -> Self {
        Self(name: name, schema: schema, isRequired: true)
    }

    static func optional(_ name: String, _ schema: JSONSchema) -> Self {
        Self(name: name, schema: schema, isRequired: false)
    }
}
