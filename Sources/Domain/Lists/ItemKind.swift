/// The kinds of things that belong to an account's tasks, as the log of changes names them.
package enum ItemKind: String, Sendable, CaseIterable {
    case task, list, tag, view
    /// An instance of a repeating task that was completed.
    case completion
}
