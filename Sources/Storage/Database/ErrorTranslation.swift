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

/// Runs a store's work on data that belongs to `owner`. A foreign key violation means that the account was deleted
/// while the request was in progress, but only if the account is really gone: no other violation signs a user out.
@discardableResult
func translatingErrors<Value>(
    of owner: UserID, in database: any Database, ifGone refusal: AppError = .invalidToken,
    _ work: () async throws -> Value
) async throws -> Value {
    do {
        return try await translatingErrors(work)
    } catch StorageError.foreignKeyViolation(let text) {
        let isThere = try await translatingErrors {
            try await database.read { try $0.row("SELECT 1 FROM users WHERE id = \(owner)") { _ in true } }
        }
        guard isThere == true else { throw refusal }
        throw StorageError.foreignKeyViolation(text)
    }
}
