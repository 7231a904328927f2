import FoundationEssentials
import Glibc

/// The `.env` file of the working directory. Where one is there, it is used or the start is refused: a file that is
/// skipped in silence makes of production a development server with a secret of its own.
enum DotEnvFile {
    /// - Returns: nil where there is none.
    static func settings(at path: String = ".env") throws(SettingSources.Problem) -> [String: String]? {
        guard let bytes = try read(path) else { return nil }
        // Editors on Windows begin a text with a byte order mark.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: text, as: UTF8.self), !text.utf8.contains(0) else {
            throw SettingSources.Problem(
                description: "\(path) cannot be read as text: it is not UTF-8. Save it in that encoding.")
        }
        return try SettingSources.parse(dotEnv: text)
    }

    private static func read(_ path: String) throws(SettingSources.Problem) -> [UInt8]? {
        var status = stat()
        // Of the link itself: one that leads nowhere is there, too.
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw refusal(path, SystemError.reason(errno))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal(path, SystemError.reason(errno)) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += buffer[..<count]
            } else if errno != EINTR {
                throw refusal(path, SystemError.reason(errno))
            }
        }
    }

    private static func refusal(_ path: String, _ reason: String) -> SettingSources.Problem {
        SettingSources.Problem(
            description: "\(path) is there but cannot be read: \(reason). Make it readable, or take it away.")
    }
}
