/// Selects users.
package struct UserQuery: Sendable {
    /// Part of the address, the name or the id, ignoring ASCII case.
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
