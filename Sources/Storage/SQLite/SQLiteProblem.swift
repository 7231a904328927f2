import Basics
import CSQLite
import Glibc

/// Explains SQLite's error codes to the person who starts the program.
enum SQLiteProblem {
    /// - Parameter text: an error's own text, `SQLite 1544: …`.
    static func sentence(about path: String, _ text: String) -> String {
        let code = Int32(text.dropFirst("SQLite ".count).prefix { $0.isASCII && $0.isNumber }) ?? 0
        let directory = FileSystem.directory(of: path)
        switch code & 0xFF {
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
            return
                "The database \(path) cannot be written by user \(geteuid()), which this program runs as. Give the file, those beside it and the directory \(directory) to that user."
        case SQLITE_FULL: return "The disk of the database \(path) is full. Make room, and start again."
        case SQLITE_IOERR:
            return
                "The database \(path) cannot be read or written: its disk reports an error, or is full. Look at the disk, and start again."
        case SQLITE_BUSY, SQLITE_LOCKED:
            return "The database \(path) is locked by another program. End that, and start again."
        case SQLITE_NOTADB:
            return
                "\(path) is not an SQLite database, and was left as it is. Name another file, or put a backup in its place."
        case SQLITE_CORRUPT:
            return "\(path) is damaged, and was left as it is. Put a backup in its place."
        default: return "The database \(path) cannot be used: \(text.drop { $0 != ":" }.dropFirst(2))."
        }
    }
}
