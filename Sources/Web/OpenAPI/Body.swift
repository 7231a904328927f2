import HTTPServer

/// A request body.
package struct Body: Sendable {
    package let schema: JSONSchema
    package var isRequired = true
    /// True if the same fields may also be sent as a form.
    package var takesForms = false

    static func json(_ schema: JSONSchema) -> Body { Body(schema: schema) }

    static func optionalJSON(_ schema: JSONSchema) -> Body { Body(schema: schema, isRequired: false) }
}
