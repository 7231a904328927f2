import Basics
import Domain
import Storage

// Without conditions and keys.
extension SQLTaskStore {
    func insert(_ task: TaskItem) async throws { _ = try await insert(task, once: nil) }

    func restore(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem? {
        guard case .done(let task)? = try await restore(id, ownedBy: owner, at: .now(), once: nil) else { return nil }
        return task
    }

    func update(
        _ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp
    ) async throws -> UpdatedTask? {
        try await update(id, ownedBy: owner, with: changes, at: time, if: nil)
    }

    func delete(_ id: TaskID, ownedBy owner: UserID, at time: Timestamp) async throws -> Bool {
        try await delete(id, ownedBy: owner, at: time, if: nil)
    }
}
