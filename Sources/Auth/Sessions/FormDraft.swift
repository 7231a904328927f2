/// A task that was being typed when the session ended. It is carried through the sign-in encrypted for this server, and
/// then restored to its form.
package struct FormDraft: Sendable, Equatable {
    /// The account that the form was shown to, as the form says.
    package var account: String
    /// The task that was being edited; empty for a new one.
    package var task: String
    package var title: String
    package var description: String

    package init(account: String, task: String, title: String, description: String) {
        self.account = account
        self.task = task
        self.title = title
        self.description = description
    }

    /// The maximum size of all fields together in bytes; more than a valid task can have.
    package static let maximumBytes = 44 * 1024
    static let lifetimeSeconds: Int64 = 3600
    /// Distinguishes drafts from other sealed data.
    static let mark = "form draft"
}
