/// A kind of table that an import reads, under any of its names.
enum ImportKind: Sendable, CaseIterable {
    case users, accounts, verifications, tasks

    var names: [String] {
        switch self {
        case .users: ["user", "users"]
        case .accounts: ["account", "accounts"]
        case .verifications: ["verification", "verifications"]
        case .tasks: ["task", "tasks"]
        }
    }
}
