/// All problems of a set of templates, ordered by file and line.
package struct TemplateErrors: Error, Sendable, CustomStringConvertible {
    package let errors: [TemplateError]

    package var description: String {
        errors.map(\.description).joined(separator: "\n\n")
    }
}
