import Basics
import Calendar
import Storage

@testable import Domain

// By the rules of the service, at a given time.
extension SQLTaskStore {
    func insert(_ task: TaskItem) async throws {
        try await change(task.ownerID, at: task.createdAt) { try $0.transaction.insert(task) }
    }

    func restore(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem? {
        try await change(owner, at: .now()) { editor in
            try editor.transaction.trashedTask(id).map(editor.restore)
        }
    }

    func update(
        _ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp
    ) async throws -> UpdatedTask? {
        try await change(owner, at: time) { editor in
            try editor.transaction.task(id).map { try editor.update($0, with: changes) }
        }
    }

    func delete(_ id: TaskID, ownedBy owner: UserID, at time: Timestamp) async throws -> Bool {
        try await change(owner, at: time) { editor in
            try editor.transaction.task(id).map(editor.delete) != nil
        }
    }

    private static let ids = UUIDv7Generator()

    private func change<Value: Sendable>(
        _ owner: UserID, at time: Timestamp, _ work: @escaping @Sendable (TaskEditor) throws -> Value
    ) async throws -> Value {
        let undo = UndoID(rawValue: Self.ids.next(at: time))
        let outcome = try await write(owner, undo: undo, at: time, once: nil as RepeatableWrite<Value>?) {
            let today = TimeZoneRules.utc.local(at: time).date
            return try work(
                TaskEditor(
                    transaction: $0, time: time, today: today, startOfToday: time, ids: Self.ids, zones: .system))
        }
        switch outcome {
        case .done(let written): return written.value
        case .repeated: throw AppError.notFound("It was written before.")
        }
    }
}
