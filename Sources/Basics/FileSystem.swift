import Glibc

/// Files that are on the disk once a call returns, as after it the machine may lose power.
package enum FileSystem {
    /// Bytes that are free on the disk of this file or directory; nil if the system does not say.
    package static func freeBytes(at path: String) -> Int64? { DiskSpace(at: path)?.free }

    /// The size of a file in bytes.
    package static func size(of path: String) throws(SystemError) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError() }
        return Int64(status.st_size)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Waits until the contents of a file, or the names in a directory, are on the disk.
    package static func sync(_ path: String) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError() }
    }

    /// Writes a new file, readable by its owner only.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        try write(bytes, to: descriptor)
        guard fsync(descriptor) == 0 else { throw SystemError() }
    }

    /// Reads a file of any size, part by part.
    package static func read(_ path: String, _ use: (ArraySlice<UInt8>) throws -> Void) throws {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw SystemError() }
        defer { close(source) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(source, &buffer, buffer.count)
            guard count != 0 else { return }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw SystemError()
            }
            try use(buffer[..<count])
        }
    }

    /// Writes the contents of a file to an open one, or to a pipe.
    /// - Parameter onStep: receives the bytes written so far.
    package static func copy(
        _ path: String, to descriptor: Int32, onStep: (Int64) throws -> Void = { _ in }
    ) throws {
        var done: Int64 = 0
        try read(path) { part in
            try write(part, to: descriptor)
            done += Int64(part.count)
            try onStep(done)
        }
    }

    /// Copies a file to a new one, readable by its owner only, that is on the disk when this returns.
    /// - Parameter onStep: receives the bytes written so far.
    package static func copy(
        _ path: String, to target: String, onStep: (Int64) throws -> Void = { _ in }
    ) throws {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        try copy(path, to: descriptor, onStep: onStep)
        guard fsync(descriptor) == 0 else { throw SystemError() }
    }

    package static func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) throws(SystemError) {
        let array = Array(bytes)
        var done = 0
        while done < array.count {
            let count = array.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw SystemError()
            }
            done += count
        }
    }

    /// Gives a file another name in the same file system, atomically; a file that had it is gone.
    package static func rename(_ path: String, to target: String) throws(SystemError) {
        guard Glibc.rename(path, target) == 0 else { throw SystemError() }
    }

    /// Makes a directory with those above it, accessible by their owner only, where they are missing.
    package static func makeDirectory(_ path: String) throws(SystemError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw SystemError() }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError() }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError(ENOTDIR) }
    }

    /// The directory that a file is in.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The names in a directory, in no order.
    package static func names(in path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw SystemError() }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
