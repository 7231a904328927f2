import CSQLite
import Domain
import Glibc

extension StorageTrouble {
    /// - Parameters:
    ///   - code: SQLite's, extended or not; nil if it is not a temporary condition.
    ///   - systemError: the `errno` behind it, if there is one.
    init?(sqlite code: Int32, systemError: Int32) {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: self = .locked
        case SQLITE_FULL: self = .full
        case SQLITE_READONLY: self = .readOnly
        case SQLITE_IOERR, SQLITE_CANTOPEN:
            switch systemError {
            case ENOSPC, EDQUOT: self = .full
            case EROFS: self = .readOnly
            case EACCES, EPERM: self = .noRights
            default: self = code & 0xFF == SQLITE_IOERR ? .ioError : .unreachable
            }
        case SQLITE_PERM, SQLITE_AUTH: self = .noRights
        case SQLITE_NOMEM: self = .unreachable
        default: return nil
        }
    }
}
