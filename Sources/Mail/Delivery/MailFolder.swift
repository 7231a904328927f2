import Basics
import Glibc
import Synchronization

/// Keeps mail as files instead of sending it, for development; the latest are also kept in memory, for a page.
package final class MailFolder: Mailer {
    private let directory: String
    private let latest = Mutex<[MailMessage]>([])
    private static let maximumLatest = 50

    /// - Parameter directory: made when the first e-mail is written.
    package init(_ directory: String) { self.directory = directory }

    /// Newest first.
    package var messages: [MailMessage] { latest.withLock { $0.reversed() } }

    package func deliver(_ message: MailMessage, boundary: String) async -> SMTPOutcome {
        let path = "\(directory)/\(message.id).eml"
        mkdir(directory, 0o700)
        // Links in e-mails give access to accounts.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return failure(path) }
        defer { close(descriptor) }
        var rest = Array(message.serialized(boundary: boundary).utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return failure(path) }
            rest = rest.dropFirst(count)
        }
        latest.withLock { messages in
            messages.append(message)
            if messages.count > Self.maximumLatest { messages.removeFirst() }
        }
        return .sent(reply: SMTPReply(code: 250, text: path))
    }

    private func failure(_ path: String) -> SMTPOutcome {
        .unavailable(SMTPReply(code: 0, text: "\(path) cannot be written: \(SystemError())"))
    }
}
