/// Why a text is no `DATABASE_URL`, as a clause that follows its name.
package struct DatabaseURLError: Error, CustomStringConvertible {
    package let description: String
}
