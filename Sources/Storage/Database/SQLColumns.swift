/// A list of column names, written once and used in several statements.
package struct SQLColumns: Sendable {
    let text: String
    package init(_ text: StaticString) { self.text = "\(text)" }
}
