/// A list of column names, shared by several statements.
package struct SQLColumns: Sendable {
    let text: String
    package init(_ text: StaticString) { self.text = "\(text)" }
    init(_ first: StaticString, _ second: StaticString) { text = "\(first) \(second)" }
}
