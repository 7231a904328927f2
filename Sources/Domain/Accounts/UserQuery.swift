/// Selects users.
package struct UserQuery: Sendable {
    /// Texts in the address, the name or the id, ignoring ASCII case.
    package enum Search: Sendable {
        /// Anywhere in one of them. All users are looked at.
        case holding(String)
        /// At the beginning of the address or the name, or the whole id. Indexes find them.
        case beginning(String)
    }

    package var search: Search?
    /// True for admins only.
    package var isAdmin: Bool
    /// Only addresses after this one.
    package var after: String
    package var limit: Int

    package init(search: Search? = nil, isAdmin: Bool = false, after: String = "", limit: Int) {
        self.search = search
        self.isAdmin = isAdmin
        self.after = after
        self.limit = limit
    }
}
