/// Which users are wanted.
package struct UserQuery: Sendable {
    /// Part of the address, the name or the id, in whatever case of ASCII letters.
    package var search: String?
    /// Only addresses after this one.
    package var after: String
    package var limit: Int

    package init(search: String? = nil, after: String = "", limit: Int) {
        self.search = search
        self.after = after
        self.limit = limit
    }
}
