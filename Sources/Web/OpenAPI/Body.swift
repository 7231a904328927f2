import HTTPServer

/// What a request carries.
package struct Body: Sendable {
    package let schema: JSONSchema
    package var isRequired = true
    /// Whether the same fields may also come as a form.
    package var takesForms = false

    static func json(_ schema: JSONSchema) -> Body { Body(schema: schema) }
}
