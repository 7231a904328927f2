import Auth
import Basics
import Crypto
import Glibc

/// The secret that is created if none is configured, kept beside the data so that it survives a restart.
enum SecretFile {
    struct AccessError: Error, CustomStringConvertible {
        let description: String
    }

    /// The secret in `directory`, if one was created.
    static func existing(in directory: String) throws -> String? { try read(directory + "/secret") }

    /// The secret in `directory`; created on first use, readable by its owner only.
    static func secret(in directory: String) throws -> String {
        let path = directory + "/secret"
        if let found = try read(path) { return found }
        // Written completely under another name first, so that a crash leaves no partial secret behind. The link fails
        // if another process was faster, and then its secret is used.
        let draft = "\(path).\(getpid())"
        let secret = Base64URL.encode(try SecureRandom.bytes(32))
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("written", draft) }
        let bytes = Array((secret + "\n").utf8)
        let written = write(descriptor, bytes, bytes.count)
        let isSafe = written == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        defer { unlink(draft) }
        guard isSafe else { throw failure("written", draft) }
        guard link(draft, path) == 0 || errno == EEXIST else { throw failure("written", path) }
        guard let kept = try read(path) else { throw failure("read", path) }
        return kept
    }

    private static func read(_ path: String) throws -> String? {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try SystemError.bytes(ofFile: path) } catch {
            if error.code == ENOENT { return nil }
            throw failure("read", path, error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw AccessError(description: "\(path) holds no usable secret: it is not text. Restore it from a backup.")
        }
        let secret = String(text.prefix { !$0.isNewline })
        guard secret.utf8.count >= SecretRule.minimumLength else {
            throw AccessError(
                description:
                    "\(path) holds no usable secret. Delete it to have one made; then all users have to sign in again.")
        }
        return secret
    }

    private static func failure(_ verb: String, _ path: String, _ error: SystemError = SystemError()) -> AccessError {
        AccessError(
            description: """
                The secret cannot be \(verb) at \(path): \(error). Give the file to that user, or set \
                \(Settings.secret.name).
                """)
    }
}
