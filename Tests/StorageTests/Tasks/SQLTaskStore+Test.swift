import Basics
import Domain
import Storage

extension SQLTaskStore {
    func insert(_ task: TaskItem) async throws { _ = try await insert(task, once: nil) }

    func restore(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem? {
        guard case .done(let task)? = try await restore(id, ownedBy: owner, at: .now(), once: nil) else { return nil }
        return task
    }
}
