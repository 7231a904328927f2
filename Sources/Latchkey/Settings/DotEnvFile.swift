import Basics
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
            let error = SystemError()
            if error.code == ENOENT { return nil }
            throw refusal(path, error)
        }
        do throws(SystemError) { return try SystemError.bytes(ofFile: path) } catch { throw refusal(path, error) }
    }

    private static func refusal(_ path: String, _ reason: SystemError) -> SettingSources.Problem {
        SettingSources.Problem(
            description: "\(path) is there but cannot be read: \(reason). Make it readable, or take it away.")
    }
}
