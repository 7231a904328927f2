import Domain

/// Where the data lives. Two databases speak the same SQL; only how they are reached differs.
package protocol Database: Sendable {
    /// Runs statements that change nothing. Each sees one consistent state; two in a row may see two.
    func read<Value: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> Value) async throws -> Value

    /// Runs statements in one transaction: when this returns, they are on disk; when it throws, none of them is,
    /// except after `StorageError.outcomeUnknown`. A database that lets transactions run side by side may run `work`
    /// again after a collision.
    /// - Parameter touched: whose tasks are other ones afterwards.
    func write<Value: Sendable>(
        touching touched: TouchedTasks, _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value

    /// What somebody's tasks are now, as a number to compare; nil where that can't be told without reading them.
    func version(ofTasksOf owner: UserID) -> TasksVersion?

    /// Hears from now on what other processes announce, on a thread of the database's own; and that anything may have
    /// changed, when the outcome of a commit of our own is unknown, before its caller learns of that.
    func listen(_ onChange: @escaping @Sendable (Change) -> Void) throws

    /// The last write that was refused for want of room or rights, or because another program held the lock.
    var lastRefusedWrite: RefusedWrite? { get }

    /// Looks for damage in the background, where that is ours to do.
    func inspect(_ onDamage: @escaping @Sendable (String) -> Void)

    /// Gives everything back. Nothing may be asked afterwards.
    func close()
}

extension Database {
    /// For writes that may change anything.
    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await write(touching: .anybodys, work)
    }
}
