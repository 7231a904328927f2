import Testing

@testable import Basics

@Suite struct FileSystemKindTests {
    @Test func `kinds are told by the kernel's names`() {
        for (name, kind) in [
            ("nfs4", .network("NFS")), ("cifs", .network("SMB")), ("9p", .network("9p")),
            ("fuse.sshfs", .network("FUSE")), ("overlay", .layer), ("tmpfs", .memory), ("ext4", .local),
            ("fuseblk", .local), ("btrfs", .local),
        ] as [(Substring, FileSystemKind)] {
            #expect(FileSystemKind(name: name) == kind, "\(name)")
        }
    }

    @Test func `the innermost mount counts, and of several at one place the last`() {
        let mounts = """
            1 0 0:1 / / rw - overlay overlay rw
            2 1 254:0 / /data rw,noatime master:1 - ext4 /dev/vda rw
            3 2 0:9 / /data/in\\040memory rw - tmpfs tmpfs rw
            4 2 0:7 / /data/shared rw - ext4 /dev/vdb rw
            5 4 0:8 / /data/shared rw - nfs4 host:/share rw
            """
        for (path, name) in [
            ("/", "overlay"), ("/database", "overlay"), ("/data", "ext4"), ("/data/latchkey.db", "ext4"),
            ("/data/in memory/x", "tmpfs"), ("/data/shared/x", "nfs4"),
        ] {
            #expect(FileSystemKind.name(of: path, in: mounts) == Substring(name), "\(path)")
        }
        #expect(FileSystemKind.name(of: "/", in: "") == nil)
    }

    @Test func `this machine has file systems`() {
        #expect(FileSystemKind(at: "/") != nil)
        #expect(FileSystemKind(at: "/nonexistent") == nil)
    }
}
