import Domain

/// Runs a store's work and translates database errors into the domain's. Violations that only the store itself can
/// explain pass through.
@discardableResult
func translatingErrors<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch StorageError.unavailable(let text, let trouble) {
        throw AppError.storageUnavailable(text, trouble)
    } catch StorageError.unusable(let text) {
        throw AppError.storageUnavailable(text, .damaged)
    } catch StorageError.outcomeUnknown(let text) {
        throw AppError.outcomeUnknown(text)
    }
}

/// A row that a foreign key refers to, and the error to report if it is gone.
///
/// The databases say that a foreign key was violated, and SQLite not which; so the rows are looked up afterwards.
struct ReferencedRow: Sendable {
    let lookUp: SQL
    let ifMissing: AppError

    /// The default is for an account that was deleted while a request of it was in progress.
    static func account(_ id: UserID, ifMissing error: AppError = .invalidToken) -> ReferencedRow {
        ReferencedRow(lookUp: "SELECT 1 FROM users WHERE id = \(id)", ifMissing: error)
    }
}

/// Runs a store's work on rows that refer to others. A violated foreign key is reported as the first of those that is
/// missing; if none is, it is rethrown.
@discardableResult
func translatingErrors<Value>(
    referringTo rows: ReferencedRow..., in database: any Database, _ work: () async throws -> Value
) async throws -> Value {
    do {
        return try await translatingErrors(work)
    } catch StorageError.foreignKeyViolation(let text) {
        for row in rows {
            let found = try await translatingErrors { try await database.read { try $0.row(row.lookUp) { _ in true } } }
            guard found == true else { throw row.ifMissing }
        }
        throw StorageError.foreignKeyViolation(text)
    }
}
