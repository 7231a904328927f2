import Glibc

/// The kinds of file systems on which a database is not safe.
package enum FileSystemKind: Sendable, Equatable {
    /// On another machine, or in a program: locks and shared memory may not be what SQLite expects.
    case network(String)
    /// A container's own layer, which ends with the container.
    case layer
    /// Memory, which ends with the machine.
    case memory
    case local

    /// - Parameter name: as the kernel has it.
    init(name: Substring) {
        self =
            switch name {
            case "nfs", "nfs4": .network("NFS")
            case "cifs", "smb3", "smbfs": .network("SMB")
            case "9p": .network("9p")
            case let name where name == "fuse" || name.hasPrefix("fuse."): .network("FUSE")
            case "overlay", "aufs": .layer
            case "tmpfs", "ramfs": .memory
            default: .local
            }
    }

    /// The file system of a file or directory, from the list of mounts (proc(5)).
    /// - Returns: nil if the system does not say.
    package init?(at path: String) {
        guard let full = realpath(path, nil) else { return nil }
        defer { free(full) }
        guard let mounts = try? SystemError.bytes(ofFile: "/proc/self/mountinfo"),
            let name = Self.name(of: String(cString: full), in: String(decoding: mounts, as: UTF8.self))
        else { return nil }
        self.init(name: name)
    }

    /// Of nested mounts the innermost counts, and of several at one place the last.
    static func name(of path: String, in mounts: String) -> Substring? {
        var found: (length: Int, name: Substring)?
        for line in mounts.split(separator: "\n") {
            // 36 35 98:0 /root /place rw,noatime master:1 - ext4 /dev/sda1 rw
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let place = String(fields[4]).replacing("\\040", with: " ")
            let isAbove = place == "/" || path == place || path.hasPrefix(place + "/")
            if isAbove, place.utf8.count >= found?.length ?? 0 { found = (place.utf8.count, fields[dash + 1]) }
        }
        return found?.name
    }
}
