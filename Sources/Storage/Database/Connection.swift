import Domain

/// A connection, valid only within the closure that received it.
package protocol Connection {
    var dialect: Dialect { get }

    /// Runs one statement. Each call of `next` returns one row, valid until the following call; nil is the end.
    /// - Throws: `StorageError`.
    func withRows<Value>(_ sql: SQL, _ use: (_ next: @escaping () throws -> (any Row)?) throws -> Value) throws -> Value

    /// Runs one statement for its effect.
    /// - Returns: the number of rows changed.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int

    /// Runs one statement for its effect, before the next one whose answer is needed, or with the commit: a server that
    /// is far away is asked once for several. There its failure is thrown, too.
    func enqueue(_ sql: SQL) throws

    /// Runs statements that change nothing. Where that is free, all of them see one state.
    func readTogether<Value>(_ work: () throws -> Value) throws -> Value

    /// Adds the words of a new task to the index, before the next statement that needs them or with the commit.
    func add(_ words: TaskWords) throws

    /// Serializes transactions that name the same number; released when the transaction ends.
    func lockUntilCommit(_ key: Int64) throws

    /// Refuses work that would use the reserved disk space.
    func requireRoom() throws

    /// Announces a change to other processes, once this transaction is committed.
    func announce(_ change: Change) throws
}

extension Connection {
    package func enqueue(_ sql: SQL) throws { try execute(sql) }

    /// A server would have to be asked to begin and to end a transaction.
    package func readTogether<Value>(_ work: () throws -> Value) throws -> Value { try work() }

    /// A server's disk is out of our reach: the server reports when it is full.
    package func requireRoom() throws {}

    /// Runs one statement and maps each row to a value.
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
