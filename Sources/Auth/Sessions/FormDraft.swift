import Domain

/// The input of a task form that was being filled in when the session ended. It is carried through the sign-in encrypted for
/// this server, and then restored to its form.
package struct FormDraft: Sendable, Equatable {
    /// The account that the form was shown to, as the form says.
    package var account: String
    /// The task that was being edited; empty for a new one.
    package var task: String
    /// The texts by the names of their fields.
    package var input: [String: String]

    package init(account: String, task: String, input: [String: String]) {
        self.account = account
        self.task = task
        self.input = input
    }

    /// The maximum size of all fields together in bytes; more than a valid task can have.
    package static let maximumBytes = TaskContent.maximumSize + 4096
    static let lifetimeSeconds: Int64 = 3600
    /// Distinguishes drafts from other sealed data.
    static let mark = "form draft 2"
}
