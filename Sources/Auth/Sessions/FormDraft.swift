/// A task that was being typed when the session ended. It travels through the sign-in as text that only we can read, and
/// then waits in its form.
package struct FormDraft: Sendable, Equatable {
    /// The account that the form was shown to, as the form says.
    package var account: String
    /// The task that was being edited; empty for a new one.
    package var task: String
    package var title: String
    package var details: String

    package init(account: String, task: String, title: String, details: String) {
        self.account = account
        self.task = task
        self.title = title
        self.details = details
    }

    /// Bytes of all fields together; more than a valid task can have.
    package static let maximumBytes = 44 * 1024
    static let lifetimeSeconds: Int64 = 3600
    /// Tells drafts from anything else that is sealed.
    static let mark = "form draft"
}
