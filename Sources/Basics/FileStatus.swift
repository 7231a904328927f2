import Glibc

/// The owner, the permissions and the place of a file or directory.
package struct FileStatus: Sendable {
    package let owner: uid_t
    /// The lowest nine bits of its mode.
    package let permissions: mode_t
    /// Equal for two files on the same file system.
    package let device: UInt64
    package let inode: UInt64

    /// - Throws: `SystemError`.
    package init(_ path: String) throws(SystemError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError() }
        (owner, permissions) = (status.st_uid, status.st_mode & 0o777)
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    /// True if others than the owner may read or change it.
    package var isOpenToOthers: Bool { permissions & 0o077 != 0 }
}
