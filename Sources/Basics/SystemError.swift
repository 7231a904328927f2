import Glibc

/// An error of the operating system, described in words and without its number.
package struct SystemError: Error, CustomStringConvertible {
    package let code: Int32

    package init(_ code: Int32 = errno) { self.code = code }

    /// A clause to follow a colon.
    package var description: String {
        switch code {
        case EACCES, EPERM: "user \(geteuid()), which this program runs as, has no permission"
        case ENOENT: "there is no such file or directory"
        case EISDIR: "it is a directory"
        case ENOTDIR: "a part of the path is a file and no directory"
        case EEXIST: "there is a file of that name, which is not a directory"
        case ENOSPC, EDQUOT: "the disk is full"
        case EROFS: "the file system is read-only"
        case ELOOP: "its symbolic links lead in a circle"
        case ENAMETOOLONG: "the path is too long"
        case EMFILE, ENFILE: "too many files are open"
        case EIO: "the disk reports an error"
        case EFBIG: "it is larger than 1 MiB"
        case ENODATA: "nothing came out of it"
        default: String(cString: strerror(code))
        }
    }

    /// The remedy: the beginning of a sentence that continues with an alternative.
    package var remedy: String {
        switch code {
        case EACCES, EPERM: "Give that user access"
        case ENOSPC, EDQUOT: "Make room on the disk"
        case EROFS: "Make it writable"
        case EMFILE, ENFILE: "Raise the limit of open files"
        default: "Check the path"
        }
    }

    private static let maximumSize = 1 << 20
    /// The time limit for reading from a pipe.
    private static let patience: Int32 = 5000

    /// All bytes of a file of at most 1 MiB, or of a pipe.
    package static func bytes(ofFile path: String) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 {
                if bytes.isEmpty && isPipe(descriptor) { throw SystemError(ENODATA) }
                return bytes
            }
            if count > 0 {
                bytes += buffer[..<count]
                guard bytes.count <= maximumSize else { throw SystemError(EFBIG) }
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, patience) > 0 else { throw SystemError(ENODATA) }
            } else if errno != EINTR {
                throw SystemError()
            }
        }
    }

    private static func isPipe(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }
}
