import Domain
import Storage

struct RecordingConnection: Connection {
    private let connection: any Connection
    private let record: (String) -> Void

    init(_ connection: any Connection, record: @escaping (String) -> Void) {
        (self.connection, self.record) = (connection, record)
    }

    var dialect: Dialect { connection.dialect }

    func withRows<Value>(
        _ sql: SQL, _ use: (_ next: @escaping () throws -> (any Row)?) throws -> Value
    ) throws -> Value {
        record(sql.text)
        return try connection.withRows(sql, use)
    }

    func execute(_ sql: SQL) throws -> Int {
        record(sql.text)
        return try connection.execute(sql)
    }

    func enqueue(_ sql: SQL) throws {
        record(sql.text)
        try connection.enqueue(sql)
    }

    func add(_ words: TaskWords) throws { try connection.add(words) }
    func lockUntilCommit(_ key: Int64) throws { try connection.lockUntilCommit(key) }
    func requireRoom() throws { try connection.requireRoom() }
    func announce(_ change: Change) throws { try connection.announce(change) }
}
