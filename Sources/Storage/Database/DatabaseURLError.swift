/// The reason why a text is not a valid `DATABASE_URL`, as a clause that follows its name.
package struct DatabaseURLError: Error, CustomStringConvertible {
    package let description: String
}
