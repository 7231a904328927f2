/// A part of a statement that is written in the program, such as a list of columns, and never made while it runs.
package struct SQLColumns: ExpressibleByStringLiteral, Sendable {
    let text: String

    package init(stringLiteral text: StaticString) {
        self.text = text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    }
}
