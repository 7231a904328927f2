import Domain

/// Runs a store's work and tells the domain what a database error means to it. Violations that only the store
/// itself can explain pass through.
@discardableResult
func translatingErrors<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch StorageError.unavailable(let text) {
        throw AppError.storageUnavailable(text)
    } catch StorageError.foreignKeyViolation {
        // The one foreign key is the user: somebody whose account went while the request was under way.
        throw AppError.invalidToken
    }
}
