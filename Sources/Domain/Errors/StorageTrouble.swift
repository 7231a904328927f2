/// The reason why a database cannot do something just now, each with a sentence of its own.
package enum StorageTrouble: Sendable, Hashable, CaseIterable {
    /// Not there, or gone in the middle.
    case unreachable
    /// There, but not done in time.
    case slow
    /// More requests wait for it than will be served in time.
    case crowded
    case full
    /// Only the room that is kept for sessions and the audit trail is left.
    case nearlyFull
    case locked
    /// A stand-by, or a file system that takes no writes.
    case readOnly
    case noRights
    case tooManyConnections
    case refusedLogin
    case noSuchDatabase
    /// Its certificate is not good, or it has none.
    case untrusted
    case ioError
    case damaged

    package var sentence: String {
        switch self {
        case .unreachable: "The database cannot be reached just now."
        case .slow: "The database did not answer in time."
        case .crowded: "Too many requests are waiting for the database."
        case .full: "The database's disk is full."
        case .nearlyFull: "The database's disk is nearly full, so no tasks are written."
        case .locked: "Another program keeps the database locked."
        case .readOnly: "The database is read-only just now."
        case .noRights: "The database denies this server a right that it needs."
        case .tooManyConnections: "The database accepts no more connections just now."
        case .refusedLogin: "The database refuses this server's user name or password."
        case .noSuchDatabase: "The database server has no database of the configured name."
        case .untrusted: "The database's identity cannot be verified."
        case .ioError: "The database's disk reports an error."
        case .damaged: "The database is damaged."
        }
    }

    /// Whether it may end by itself within seconds, as while a server starts.
    package var mayPass: Bool {
        switch self {
        case .unreachable, .slow, .crowded, .locked, .tooManyConnections: true
        case .full, .nearlyFull, .readOnly, .noRights, .refusedLogin, .noSuchDatabase, .untrusted, .ioError, .damaged:
            false
        }
    }
}
