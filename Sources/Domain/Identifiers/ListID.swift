package struct ListID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// Each account's first list, which cannot be deleted.
    package static let inbox = ListID(rawValue: "inbox")
}
