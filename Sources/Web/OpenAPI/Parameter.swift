import HTTPServer

/// A parameter in the path, in the query or in a header.
package struct Parameter: Sendable {
    package enum Place: String, Sendable { case path, query, header }

    package let name: String
    package let place: Place
    package let schema: JSONSchema
    package let isRequired: Bool

    static func path(_ name: String, _ schema: JSONSchema) -> Parameter {
        Parameter(name: name, place: .path, schema: schema, isRequired: true)
    }

    static func query(_ name: String, _ schema: JSONSchema, isRequired: Bool = false) -> Parameter {
        Parameter(name: name, place: .query, schema: schema, isRequired: isRequired)
    }

    static func header(_ name: String, _ schema: JSONSchema) -> Parameter {
        Parameter(name: name, place: .header, schema: schema, isRequired: false)
    }
}
