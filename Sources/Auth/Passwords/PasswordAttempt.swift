import Basics

/// An entered password, in the spellings in which it may have been hashed.
struct PasswordAttempt: Sendable {
    let typed: String
    /// As passwords are hashed today; and as typed, if that differs, as earlier versions hashed them.
    let spellings: [String]

    init(_ typed: String) {
        self.typed = typed
        let prepared = typed.preparedPassword
        spellings = prepared.hasSameBytes(as: typed) ? [typed] : [prepared, typed]
    }
}
