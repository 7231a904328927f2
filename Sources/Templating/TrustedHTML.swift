/// Markup that is printed as it is. A value of this type is a claim that somebody read the markup, so the few places
/// that make one can be found by searching for `TrustedHTML(reviewed:`.
@usableFromInline
package struct TrustedHTML: Sendable, Hashable {
    package let bytes: [UInt8]

    /// Markup written out in the source code. A `StaticString` cannot carry data from outside.
    package init(reviewed markup: StaticString) {
        bytes = markup.withUTF8Buffer { Array($0) }
    }
}
