import JSON

/// The schemas that a document defines once and references.
struct SchemaComponents {
    private(set) var all: [(name: String, value: JSONValue)] = []

    /// A schema at its place of use: written inline, or as a reference to a component.
    mutating func place(_ schema: JSONSchema) -> JSONValue {
        guard let name = schema.name else { return written(schema) }
        if !all.contains(where: { $0.name == name }) {
            // Its index is reserved before those of its parts, so that they come after it.
            let index = all.count
            all.append((name, .null))
            var plain = schema
            plain.isNullable = false
            all[index].value = written(plain)
        }
        let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name)")]
        return schema.isNullable ? ["anyOf": [reference, ["type": "null"]]] : reference
    }

    private mutating func written(_ schema: JSONSchema) -> JSONValue {
        var members: [(String, JSONValue)] = []
        func type(_ name: String) -> JSONValue {
            schema.isNullable ? [.string(name), "null"] : .string(name)
        }
        switch schema.kind {
        case .string(let format, let pattern, let lengths):
            members.append(("type", type("string")))
            if let format { members.append(("format", .string(format))) }
            if let pattern { members.append(("pattern", .string(pattern))) }
            if let lengths {
                if lengths.lowerBound > 0 { members.append(("minLength", .integer(Int64(lengths.lowerBound)))) }
                if lengths.upperBound < .max { members.append(("maxLength", .integer(Int64(lengths.upperBound)))) }
            }
        case .words(let words):
            members.append(("type", type("string")))
            members.append(("enum", .array(words.map { .string($0) } + (schema.isNullable ? [.null] : []))))
        case .integer(let range):
            members.append(("type", type("integer")))
            if let range {
                members.append(("minimum", .integer(range.lowerBound)))
                members.append(("maximum", .integer(range.upperBound)))
            }
        case .boolean: members.append(("type", type("boolean")))
        case .null: members.append(("type", "null"))
        case .array(let element):
            members.append(("type", type("array")))
            members.append(("items", place(element)))
        case .object(let properties, let isClosed):
            members.append(("type", type("object")))
            let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { members.append(("required", .array(required))) }
            var placed = JSONObject()
            for property in properties { placed.append(property.name, place(property.schema)) }
            members.append(("properties", .object(placed)))
            if isClosed { members.append(("additionalProperties", false)) }
        case .either(let schemas):
            var choices: [JSONValue] = []
            for schema in schemas { choices.append(place(schema)) }
            members.append(("anyOf", .array(choices)))
        case .anyObject: members.append(("type", type("object")))
        }
        if !schema.text.isEmpty { members.append(("description", .string(schema.text))) }
        if let standard = schema.standard { members.append(("default", standard)) }
        if let example = schema.example { members.append(("examples", [example])) }
        return .object(JSONObject(members))
    }
}
