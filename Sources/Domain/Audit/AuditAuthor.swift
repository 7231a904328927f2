import Basics

/// Selects rows of the audit trail by who caused them.
package enum AuditAuthor: Sendable, Hashable {
    /// Clients, in their own accounts or without one.
    case users
    /// Admins, in the accounts of others.
    case admins
    case server
    /// Operators at the command line; one of them by operating system user name.
    case commandLine(String?)
    /// One account, in itself and as an admin in others.
    case account(UserID)

    /// `user`, `admin`, `server`, `command-line`, `command-line:NAME`, or the id of an account.
    package init(_ text: String) {
        switch text {
        case "user": self = .users
        case "admin": self = .admins
        case "server": self = .server
        case "command-line": self = .commandLine(nil)
        case _ where text.hasPrefix(Self.namePrefix):
            self = .commandLine(String(text.dropFirst(Self.namePrefix.count)))
        default: self = .account(UserID(rawValue: text))
        }
    }

    private static let namePrefix = "command-line:"
}
