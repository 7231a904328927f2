import FoundationEssentials
import Glibc
import Storage

extension DatabaseURL {
    /// Opens the database for a command that works on a server's data; a mistyped path creates nothing.
    func openExisting() throws -> any Database {
        if case .sqlite(let path) = self, !FileManager.default.fileExists(atPath: path) {
            throw CommandFailure("There is no database at \(path). Name it with --data or --database-url.")
        }
        return try open(for: .command)
    }
}
