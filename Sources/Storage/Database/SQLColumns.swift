/// A part of a statement that stands in the program, such as a list of columns.
package struct SQLColumns: ExpressibleByStringLiteral, Sendable {
    let text: String
    package init(stringLiteral text: String) { self.text = text }
}
