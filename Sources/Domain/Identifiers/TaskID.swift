package struct TaskID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// All task ids are created here, so one from outside is a UUID or cannot exist.
    package init?(untrusted text: some StringProtocol) {
        guard text.utf8.count == 36, let uuid = String(text).lowercasedUUID else { return nil }
        rawValue = uuid
    }
}
