import FoundationEssentials
import Glibc
import Storage

extension DatabaseURL {
    /// The database for a command that works on what a server has made; a mistyped path makes nothing.
    func openExisting() throws -> any Database {
        if case .sqlite(let path) = self, !FileManager.default.fileExists(atPath: path) {
            throw CommandFailure("There is no database at \(path). Name it with --data or --database-url.")
        }
        return try open(for: .command)
    }
}
