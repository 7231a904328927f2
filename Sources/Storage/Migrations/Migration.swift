/// One step of the schema. Steps are only ever added, never changed: a database somewhere has taken them already.
struct Migration: Sendable {
    let version: Int64
    let name: String
    let statements: @Sendable (Dialect) -> [String]
    /// What statements alone can't do, after them.
    var work: @Sendable (any Connection) throws -> Void = { _ in }
}
