import Glibc

/// The room on the file system of a file or directory.
package struct DiskSpace: Sendable {
    /// Bytes for this user, and bytes of the whole.
    package let free: Int64
    package let total: Int64
    /// Files that can still be made, and those that could be in an empty file system; 0 where there is no such limit.
    package let freeFiles: UInt64
    package let totalFiles: UInt64

    /// - Returns: nil if the system does not say.
    package init?(at path: String) {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { return nil }
        free = Int64(clamping: disk.f_bavail) * Int64(disk.f_frsize)
        total = Int64(clamping: disk.f_blocks) * Int64(disk.f_frsize)
        (freeFiles, totalFiles) = (UInt64(disk.f_favail), UInt64(disk.f_files))
    }
}
