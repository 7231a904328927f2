import Domain

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
