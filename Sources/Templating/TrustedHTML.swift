/// Markup that is printed unescaped. A value of this type asserts that the markup was reviewed, so the few places that
/// create one can be found by searching for `TrustedHTML(reviewed:`.
@usableFromInline
package struct TrustedHTML: Sendable, Hashable {
    package let bytes: [UInt8]

    /// Markup written as a literal in the source code. A `StaticString` cannot carry external data.
    package init(reviewed markup: StaticString) {
        bytes = markup.withUTF8Buffer { Array($0) }
    }
}
