/// The reason why a database cannot serve a request at the moment, each with its own sentence.
package enum StorageTrouble: Sendable, Hashable, CaseIterable {
    /// Not reachable, or the connection was lost.
    case unreachable
    /// Reachable, but too slow.
    case slow
    /// More requests are waiting than can be served in time.
    case crowded
    case full
    /// Only the space reserved for sessions and the audit trail is left.
    case nearlyFull
    case locked
    /// A standby server, or a read-only file system.
    case readOnly
    case noRights
    case tooManyConnections
    case refusedLogin
    case noSuchDatabase
    /// Its certificate is invalid, or it has none.
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

    /// True if the problem may pass within seconds, as while a server starts.
    package var mayPass: Bool {
        switch self {
        case .unreachable, .slow, .crowded, .locked, .tooManyConnections: true
        case .full, .nearlyFull, .readOnly, .noRights, .refusedLogin, .noSuchDatabase, .untrusted, .ioError, .damaged:
            false
        }
    }
}
