import Domain
import Metrics
import Storage
import Synchronization

/// A real database that records the text of every statement.
package final class RecordingDatabase: Database {
    private let database: any Database
    private let statements = Mutex<[String]>([])

    package init(_ database: any Database) { self.database = database }

    /// The statements since the last call.
    package func takeStatements() -> [String] {
        statements.withLock { statements in
            defer { statements = [] }
            return statements
        }
    }

    package func read<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await database.read { [self] in try work(RecordingConnection($0, record: record)) }
    }

    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await database.write { [self] in try work(RecordingConnection($0, record: record)) }
    }

    @Sendable private func record(_ text: String) { statements.withLock { $0.append(text) } }

    package var isShared: Bool { database.isShared }
    package var hasOtherServer: Bool { database.hasOtherServer }
    package func listen(_ onChange: @escaping @Sendable (Change) -> Void) throws { try database.listen(onChange) }
    package var lastRefusedWrite: RefusedWrite? { database.lastRefusedWrite }
    package var metrics: [MetricFamily] { database.metrics }
    package var freeDiskSpace: Int64? { database.freeDiskSpace }
    package func inspect(_ onDamage: @escaping @Sendable (String) -> Void) { database.inspect(onDamage) }
    package func close() { database.close() }
}
