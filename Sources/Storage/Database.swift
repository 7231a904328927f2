/// Where the data lives. Two databases speak the same SQL; only how they are reached differs.
package protocol Database: Sendable {
    /// Runs statements that change nothing. Each sees one consistent state; two in a row may see two.
    func read<Value: Sendable>(_ work: @Sendable (any Connection) throws -> Value) async throws -> Value

    /// Runs statements in one transaction: when this returns, they are on disk; when it throws, none of them is.
    func write<Value: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> Value) async throws -> Value

    /// Gives everything back. Nothing may be asked afterwards.
    func close()
}

/// A connection, valid within the closure that received it.
package protocol Connection {
    /// Runs one statement and turns each row into a value.
    /// - Throws: `StorageError`.
    func rows<Value>(_ sql: SQL, _ value: (any Row) throws -> Value) throws -> [Value]

    /// Runs one statement for its effect.
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int

    /// Makes transactions that name the same number run one after another; ends with the transaction.
    func lockUntilCommit(_ key: Int64) throws
}

extension Connection {
    /// The first row, or nil.
    package func row<Value>(_ sql: SQL, _ value: (any Row) throws -> Value) throws -> Value? {
        try rows(sql, value).first
    }
}

/// One row of a result, by column number from 0.
package protocol Row {
    func text(_ column: Int) -> String
    func optionalText(_ column: Int) -> String?
    func integer(_ column: Int) -> Int64
    func optionalInteger(_ column: Int) -> Int64?
    func bool(_ column: Int) -> Bool
}

/// What a database refused, told by its code and never by its text.
package enum StorageError: Error, Sendable, CustomStringConvertible {
    case uniqueViolation(String)
    case foreignKeyViolation(String)
    /// A rule of the schema that our own checks should have kept.
    case constraintViolation(String)
    /// Locked, full, read-only, gone: the same request may succeed later.
    case unavailable(String)
    /// The file is not one of ours, or is damaged.
    case unusable(String)
    case failed(String)

    package var description: String {
        switch self {
        case .uniqueViolation(let text), .foreignKeyViolation(let text), .constraintViolation(let text),
            .unavailable(let text), .unusable(let text), .failed(let text):
            text
        }
    }
}
