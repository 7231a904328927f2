import Basics
import Glibc

/// The `.env` file of the working directory. If there is one, it is used or the start is refused: silently skipping it
/// would turn production into a development server with another secret.
enum DotEnvFile {
    /// - Returns: nil if there is none.
    static func settings(at path: String = ".env") throws(SettingSources.Problem) -> [String: String]? {
        guard let bytes = try read(path) else { return nil }
        // Windows editors begin a text with a byte order mark.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: text, as: UTF8.self), !text.utf8.contains(0) else {
            throw SettingSources.Problem(
                description: "\(path) cannot be read as text: it is not UTF-8. Save it in that encoding.")
        }
        return try SettingSources.parse(dotEnv: text)
    }

    private static func read(_ path: String) throws(SettingSources.Problem) -> [UInt8]? {
        var status = stat()
        // Checks the link itself: a dangling one counts as present, too.
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
