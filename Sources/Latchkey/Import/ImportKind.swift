/// A kind of table that an import reads, under any of its names.
enum ImportKind: Sendable, CaseIterable {
    case users, accounts, verifications, secondFactors, passkeys, tasks

    var names: [String] {
        switch self {
        case .users: ["user", "users"]
        case .accounts: ["account", "accounts"]
        case .verifications: ["verification", "verifications"]
        case .secondFactors: ["twofactor", "two_factor", "twofactors", "two_factors"]
        case .passkeys: ["passkey", "passkeys"]
        case .tasks: ["task", "tasks"]
        }
    }
}
