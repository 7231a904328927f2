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

/// A write that a database did not take.
package struct RefusedWrite: Sendable {
    package let at: ContinuousClock.Instant
    package let trouble: StorageTrouble
}

extension Database {
    /// For writes that may change anything.
    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await write(touching: .anybodys, work)
    }
}

/// A connection, valid within the closure that received it.
package protocol Connection {
    var dialect: Dialect { get }

    /// Runs one statement. Each call of `next` gives one row, valid until the following call; nil is the end.
    /// - Throws: `StorageError`.
    func withRows<Value>(_ sql: SQL, _ use: (_ next: @escaping () throws -> (any Row)?) throws -> Value) throws -> Value

    /// Runs one statement for its effect.
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int

    /// Makes transactions that name the same number run one after another; ends with the transaction.
    func lockUntilCommit(_ key: Int64) throws

    /// Refuses work that would take the room on the disk that is kept for the rest.
    func requireRoom() throws

    /// Tells other processes of a change, once this transaction is committed.
    func announce(_ change: Change) throws
}

/// The numbers of `Connection.lockUntilCommit`; any that other programs in the same database don't use will do.
package enum LockKey {
    static let migrations: Int64 = 0x6C61_7463_6800_0001
    static let signingKeys: Int64 = 0x6C61_7463_6800_0002
    static let auditChain: Int64 = 0x6C61_7463_6800_0003
    static let secretCheck: Int64 = 0x6C61_7463_6800_0004
}

extension Connection {
    /// A server's disk is not ours to look at: it says when it is full.
    package func requireRoom() throws {}

    /// Runs one statement and turns each row into a value.
    package func rows<Value>(_ sql: SQL, _ value: (any Row) throws -> Value) throws -> [Value] {
        try withRows(sql) { next in
            var values: [Value] = []
            while let row = try next() { values.append(try value(row)) }
            return values
        }
    }

    /// The first row, or nil.
    package func row<Value>(_ sql: SQL, _ value: (any Row) throws -> Value) throws -> Value? {
        try rows(sql, value).first
    }
}

/// One row of a result, by column number from 0.
package protocol Row {
    func isNull(_ column: Int) -> Bool
    /// The text where the database has it, valid as long as the row; it should be UTF-8. NULL is empty.
    func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8>
    func integer(_ column: Int) -> Int64
    func bool(_ column: Int) -> Bool
    /// Bytes that are no text. NULL is empty.
    func blob(_ column: Int) -> [UInt8]
}

extension Row {
    package func text(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    package func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
}

/// What a database refused, told by its code and never by its text.
package enum StorageError: Error, Sendable, CustomStringConvertible {
    case uniqueViolation(String)
    case foreignKeyViolation(String)
    /// A rule of the schema that our own checks should have kept.
    case constraintViolation(String)
    /// Locked, full, read-only, gone: not done, and the same request may succeed later.
    case unavailable(String, StorageTrouble = .unreachable)
    /// The commit was sent and never answered: it may be done, or not.
    case outcomeUnknown(String)
    /// The file is not one of ours, or is damaged.
    case unusable(String)
    case failed(String)

    package var description: String {
        switch self {
        case .uniqueViolation(let text), .foreignKeyViolation(let text), .constraintViolation(let text),
            .unavailable(let text, _), .unusable(let text), .failed(let text):
            text
        case .outcomeUnknown(let text): "It is not known whether this was saved. Look before you try again. \(text)"
        }
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
