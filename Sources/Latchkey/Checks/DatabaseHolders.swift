import Basics
import Storage

/// The processes that use an SQLite file of ours, as the kernel's list of locks tells (proc(5)): asking for the lock
/// would keep a server from starting meanwhile.
struct DatabaseHolders {
    /// True if a process uses the file; false as well where the list is hidden.
    let exist: Bool
    /// Those that this process may know of: a container does not see the others.
    private let processes: [Int]

    init(of path: String) {
        guard let status = try? FileStatus(DatabaseUse.lockFile(of: path)),
            let bytes = try? SystemError.bytes(ofFile: "/proc/locks")
        else {
            (exist, processes) = (false, [])
            return
        }
        // 1: FLOCK  ADVISORY  READ 4711 fe:00:131090 0 EOF
        let holders = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line -> Int? in
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK",
                fields[5].split(separator: ":").last.flatMap({ UInt64($0) }) == status.inode
            else { return nil }
            return Int(fields[4])
        }
        exist = !holders.isEmpty
        processes = holders.filter { $0 > 0 }
    }

    /// To follow "is in use".
    var clause: String {
        processes.isEmpty ? "" : " by process " + processes.map(String.init).joined(separator: ", ")
    }
}
