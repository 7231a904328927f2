import Glibc

/// Reasons of the operating system in words, without its numbers.
enum SystemError {
    /// A clause that follows a colon.
    static func reason(_ code: Int32) -> String {
        switch code {
        case EACCES, EPERM: "this user may not do that"
        case ENOENT: "there is no such file or directory"
        case EISDIR: "it is a directory"
        case ENOTDIR: "a part of the path is a file and no directory"
        case ENOSPC, EDQUOT: "the disk is full"
        case EROFS: "the file system is read-only"
        case ELOOP: "its symbolic links lead in a circle"
        case ENAMETOOLONG: "the path is too long"
        case EMFILE, ENFILE: "too many files are open"
        case EIO: "the disk reports an error"
        default: String(cString: strerror(code))
        }
    }
}
