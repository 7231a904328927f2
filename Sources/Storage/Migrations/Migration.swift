/// One schema migration. Migrations are only ever added, never changed: existing databases have already applied them.
struct Migration: Sendable {
    let version: Int64
    let name: String
    let statements: @Sendable (Dialect) -> [String]
    /// Work that SQL statements alone can't do, run after them.
    var work: @Sendable (any Connection) throws -> Void = { _ in }
}
