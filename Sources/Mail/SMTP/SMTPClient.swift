import Curl
import Synchronization
import Workers

/// Sends mail to one server (RFC 5321), one at a time, on a thread of its own: a server that hangs delays nothing else.
/// The connection is kept for the next mail for half a minute.
package final class SMTPClient: Sendable {
    package struct Attempt: Sendable {
        package let outcome: SMTPOutcome
        /// Without credentials.
        package let dialogue: [DialogueLine]
    }

    private struct State: Sendable {
        var handle: CurlHandle?
        var sentOverConnection = 0
    }

    package let server: SMTPServer
    private let greeting: @Sendable () -> String
    private let extraAuthorities: String?
    private let state = Mutex(State())

    private static let mailsPerConnection = 100
    /// The longest time that an attempt takes.
    package static let limitSeconds = 150

    /// - Parameters:
    ///   - greeting: the host that introduces itself to the server.
    ///   - extraAuthorities: a PEM file of certificate authorities that are trusted besides the system's.
    package init(_ server: SMTPServer, greeting: @escaping @Sendable () -> String, extraAuthorities: String? = nil) {
        (self.server, self.greeting, self.extraAuthorities) = (server, greeting, extraAuthorities)
    }

    /// - Parameter boundary: separates the parts of the message; random.
    package func send(_ message: MailMessage, boundary: String) async -> Attempt {
        let text = Array(message.serialized(boundary: boundary).utf8)
        return await withCheckedContinuation { continuation in
            do {
                try WorkerThread {
                    continuation.resume(returning: self.sendNow(text, from: message.from, to: message.to))
                }.detach()
            } catch {
                let reply = SMTPReply(code: 0, text: "\(error)")
                continuation.resume(returning: Attempt(outcome: .unavailable(reply), dialogue: []))
            }
        }
    }

    /// The addresses are those of a `Mailbox`, which has checked them.
    private func sendNow(_ message: [UInt8], from sender: Mailbox, to recipient: Mailbox) -> Attempt {
        state.withLock { state in
            let isKept = state.handle != nil
            do throws(CurlFailure) {
                return try sendNow(message, from: sender, to: recipient, &state)
            } catch {
                // The next attempt opens a new connection.
                state = State()
                guard isKept, Self.isClosedConnection(error) else { return attempt(error) }
            }
            do throws(CurlFailure) {
                return try sendNow(message, from: sender, to: recipient, &state)
            } catch {
                state = State()
                return attempt(error)
            }
        }
    }

    private func sendNow(
        _ message: [UInt8], from sender: Mailbox, to recipient: Mailbox, _ state: inout State
    ) throws(CurlFailure) -> Attempt {
        let handle: CurlHandle
        if let kept = state.handle { handle = kept } else { handle = try CurlHandle() }
        state.handle = handle
        state.sentOverConnection += 1
        let isLast = state.sentOverConnection >= Self.mailsPerConnection
        if isLast { state.sentOverConnection = 0 }
        let result = try handle.perform(request(message, sender, recipient, isLastOfConnection: isLast))
        return Attempt(
            outcome: .sent(reply: Self.lastReply(result.dialogue) ?? SMTPReply(code: 250, text: "")),
            dialogue: result.dialogue)
    }

    private func attempt(_ failure: CurlFailure) -> Attempt {
        Attempt(outcome: outcome(of: failure), dialogue: failure.result.dialogue)
    }

    /// True if a kept connection was closed by the server meanwhile: it answered nothing.
    private static func isClosedConnection(_ failure: CurlFailure) -> Bool {
        !failure.isTimeout && failure.result.dialogue.allSatisfy(\.isCommand)
    }

    private func request(
        _ message: [UInt8], _ sender: Mailbox, _ recipient: Mailbox, isLastOfConnection: Bool
    ) -> CurlRequest {
        var parts = CurlRequest.SMTPParts(
            sender: sender.address, recipient: recipient.address, message: message,
            requiresTLS: server.security == .startTLS, user: server.user, password: server.password)
        parts.isLastOfConnection = isLastOfConnection
        let scheme = server.security == .implicitTLS ? "smtps" : "smtp"
        let name = greeting().filter { $0.isASCII && ($0.isLetter || $0.isNumber || ".-[]:".contains($0)) }
        var request = CurlRequest(
            "\(scheme)://\(server.shown)/\(name)", .smtp(parts),
            limits: CurlLimits(
                connectMilliseconds: 30_000, totalMilliseconds: Self.limitSeconds * 1000, bodySize: 1 << 16))
        request.extraAuthorities = extraAuthorities
        request.recordsDialogue = true
        return request
    }

    // MARK: Failures

    /// The classes of replies by the command that they answer: only RCPT and DATA are about the mail.
    private func outcome(of failure: CurlFailure) -> SMTPOutcome {
        // The connection is closed with QUIT, whose reply says nothing.
        let dialogue = Array(failure.result.dialogue.prefix { !$0.isCommand || $0.text != "QUIT" })
        let command = dialogue.last { $0.isCommand }?.text.prefix(4).uppercased() ?? ""
        // DATA and the message are about this mail, and so is all that follows the sender's address.
        let isAboutMail = ["RCPT", "DATA"].contains(command)
        guard let reply = Self.lastReply(dialogue), reply.code >= 400, !failure.isTimeout else {
            let reply = SMTPReply(code: 0, text: explanation(failure))
            return isAboutMail ? .postponed(reply) : .unavailable(reply)
        }
        guard isAboutMail, reply.code != 421 else { return .unavailable(reply) }
        return reply.code >= 500 ? .rejected(reply) : .postponed(reply)
    }

    private func explanation(_ failure: CurlFailure) -> String {
        if failure.lacksTLS { return "\(server.shown) does not offer STARTTLS, without which no mail is sent." }
        if failure.isBadCertificate { return "The certificate of \(server.shown) is not valid: \(failure.text)" }
        if failure.isTimeout { return "\(server.shown) did not answer in time." }
        return "\(server.shown): \(failure.text)"
    }

    /// The last line of the last reply.
    private static func lastReply(_ dialogue: [DialogueLine]) -> SMTPReply? {
        guard let line = dialogue.last, !line.isCommand, let code = Int(line.text.prefix(3)) else { return nil }
        return SMTPReply(code: code, text: line.text)
    }
}

extension SMTPClient: Mailer {
    package func deliver(_ message: MailMessage, boundary: String) async -> SMTPOutcome {
        await send(message, boundary: boundary).outcome
    }
}
