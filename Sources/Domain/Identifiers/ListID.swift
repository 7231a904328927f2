import Basics

package struct ListID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// Each account's first list, which cannot be deleted.
    package static let inbox = ListID(rawValue: "inbox")

    /// All list ids are created here, so one from outside is a UUID, that of the Inbox, or cannot exist.
    package init?(untrusted text: some StringProtocol) {
        if String(text).hasSameBytes(as: Self.inbox.rawValue) {
            self = .inbox
            return
        }
        guard text.utf8.count == 36, let uuid = String(text).lowercasedUUID else { return nil }
        rawValue = uuid
    }
}
