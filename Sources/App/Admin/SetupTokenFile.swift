import Basics
import Glibc

/// The file with the token that makes the first admin, readable by its owner only.
package struct SetupTokenFile: Sendable {
    package let path: String

    /// - Parameter directory: the data directory.
    package init(in directory: String) { path = directory + "/setup-token" }

    /// - Throws: `SystemError`.
    func write(_ token: String) throws {
        // What an earlier start has left is void.
        remove()
        try FileSystem.write(Array((token + "\n").utf8), to: path)
    }

    func remove() { unlink(path) }
}
