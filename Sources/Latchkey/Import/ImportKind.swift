/// A kind of table that an import reads, under any of its names.
enum ImportKind: Sendable, CaseIterable {
    case users, accounts, tasks

    var names: [String] {
        switch self {
        case .users: ["user", "users"]
        case .accounts: ["account", "accounts"]
        case .tasks: ["task", "tasks"]
        }
    }
}
