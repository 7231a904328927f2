import Glibc

/// An error of the operating system, told in words and without its number.
package struct SystemError: Error, CustomStringConvertible {
    package let code: Int32

    package init(_ code: Int32 = errno) { self.code = code }

    /// A clause that follows a colon.
    package var description: String {
        switch code {
        case EACCES, EPERM: "user \(geteuid()), which this program runs as, has no permission"
        case ENOENT: "there is no such file or directory"
        case EISDIR: "it is a directory"
        case ENOTDIR: "a part of the path is a file and no directory"
        case EEXIST: "there is a file of that name, which is no directory"
        case ENOSPC, EDQUOT: "the disk is full"
        case EROFS: "the file system is read-only"
        case ELOOP: "its symbolic links lead in a circle"
        case ENAMETOOLONG: "the path is too long"
        case EMFILE, ENFILE: "too many files are open"
        case EIO: "the disk reports an error"
        default: String(cString: strerror(code))
        }
    }

    /// What helps: the beginning of a sentence that goes on with another way out.
    package var remedy: String {
        switch code {
        case EACCES, EPERM: "Give that user access"
        case ENOSPC, EDQUOT: "Make room on the disk"
        case EROFS: "Make it writable"
        case EMFILE, ENFILE: "Raise the limit of open files"
        default: "Check the path"
        }
    }

    /// All bytes of a file, a pipe or a device that ends.
    package static func bytes(ofFile path: String) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count > 0 { bytes += buffer[..<count] } else if errno != EINTR { throw SystemError() }
        }
    }
}
