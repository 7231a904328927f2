import Basics
import Domain
import Storage

/// Reads the tables of a FastAPI service with SQLModel: users with their password hashes, and tasks. If there are only
/// tasks, as beside a Better Auth that has the users, they go to existing users here.
struct FastAPIImport {
    private static let userColumns: [ImportColumn] = [
        .id, .email, .hash, .name, .isVerified, .image, .isActive, .isDisabled, .createdAt, .updatedAt,
    ]
    private static let taskColumns: [ImportColumn] = [
        .id, .userID, .title, .description, .isCompleted, .completedAt, .createdAt, .updatedAt,
    ]
    let now: Timestamp

    func draft(of file: ImportFile) throws -> ImportDraft {
        let tables = try file.tables([.users, .tasks])
        var draft = ImportDraft()
        if let users = tables[.users] {
            try users.require([.id, .email])
            if !users.has(.hash) {
                draft.note("\(users.name) has no column of password hashes: no imported user would have a password.")
            }
            try draft.addUsers(users) { row in
                ImportedUser(
                    user: try row.user(isActive: try isActive(row), importedAt: now), passwordHash: row[.hash],
                    picture: row.picture)
            }
            draft.noteColumns(of: users, besides: Self.userColumns)
        }
        if let tasks = tables[.tasks] {
            try tasks.require([.userID, .title])
            try draft.addTasks(tasks, task)
            draft.noteColumns(of: tasks, besides: Self.taskColumns)
        }
        return draft
    }

    private func isActive(_ row: ImportRow) throws -> Bool {
        let isDisabled = try row.bool(.isDisabled, default: false)
        return try row.bool(.isActive, default: true) && !isDisabled
    }

    private func task(_ row: ImportRow) throws -> TaskItem {
        let owner = try row.userID(.userID)
        let createdAt = try row.time(.createdAt)
        let updatedAt = try row.time(.updatedAt) ?? createdAt ?? now
        let doneAt = try row.time(.completedAt)
        let isCompleted = try row.bool(.isCompleted, default: doneAt != nil)
        let id = row.identifier(.id) ?? row.place
        return TaskItem(
            id: try TaskID(untrusted: id)
                ?? ImportValues.taskID(for: id, ownedBy: owner, createdAt: createdAt ?? Timestamp(milliseconds: 0)),
            ownerID: owner,
            content: TaskContent(
                title: try TaskTitle(row[.title] ?? ""),
                description: try row[.description].map { try TaskText($0, field: "description") }),
            completedAt: isCompleted ? doneAt ?? updatedAt : nil, createdAt: createdAt ?? now, updatedAt: updatedAt)
    }
}
