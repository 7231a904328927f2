import Curl
import Synchronization
import Workers

/// Sends mail to one server (RFC 5321), one at a time, on a thread of its own: a server that hangs delays nothing else.
/// The connection is kept for the next e-mail for half a minute.
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
    private let replyLimit: Duration
    private let state = Mutex(State())

    private static let mailsPerConnection = 100
    /// The longest time that an attempt takes.
    package static let limitSeconds = 150

    /// - Parameters:
    ///   - greeting: the host that introduces itself to the server.
    ///   - extraAuthorities: a PEM file of certificate authorities that are trusted besides the system's.
    ///   - replyLimit: the time that the server has for each reply.
    package init(
        _ server: SMTPServer, greeting: @escaping @Sendable () -> String, extraAuthorities: String? = nil,
        replyLimit: Duration = .seconds(60)
    ) {
        (self.server, self.greeting) = (server, greeting)
        (self.extraAuthorities, self.replyLimit) = (extraAuthorities, replyLimit)
    }

    /// Sends a message. Cancelling the task ends the attempt within about a second.
    /// - Parameter boundary: separates the parts of the message; random.
    package func send(_ message: MailMessage, boundary: String) async -> Attempt {
        let text = Array(message.serialized(boundary: boundary).utf8)
        return await perform { self.request(text, message.from, message.to, $0) }
    }

    /// Signs in to the server as for an e-mail, and sends none.
    /// - Parameter sender: the sender of e-mails.
    package func tryOut(_ sender: Mailbox) async -> Attempt {
        await perform { cancellation in
            var request = self.request([], sender, sender, cancellation)
            guard case .smtp(var parts) = request.kind else { return request }
            parts.isTrial = true
            request.kind = .smtp(parts)
            return request
        }
    }

    private func perform(_ request: @escaping @Sendable (CurlCancellation) -> CurlRequest) async -> Attempt {
        let cancellation = CurlCancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                do {
                    try WorkerThread {
                        continuation.resume(returning: self.sendNow(request(cancellation)))
                    }.detach()
                } catch {
                    let reply = SMTPReply(code: 0, text: "\(error)")
                    continuation.resume(returning: Attempt(outcome: .unavailable(reply), dialogue: []))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func sendNow(_ request: CurlRequest) -> Attempt {
        state.withLock { state in
            let isKept = state.handle != nil
            do throws(CurlFailure) {
                return try sendNow(request, &state)
            } catch {
                // The next attempt opens a new connection.
                state = State()
                guard isKept, Self.isEndOfConnection(error) else { return attempt(error) }
            }
            do throws(CurlFailure) {
                return try sendNow(request, &state)
            } catch {
                state = State()
                return attempt(error)
            }
        }
    }

    private func sendNow(_ request: CurlRequest, _ state: inout State) throws(CurlFailure) -> Attempt {
        let handle: CurlHandle
        if let kept = state.handle { handle = kept } else { handle = try CurlHandle() }
        state.handle = handle
        state.sentOverConnection += 1
        let isLast = state.sentOverConnection >= Self.mailsPerConnection
        if isLast { state.sentOverConnection = 0 }
        let result = try handle.perform(request.endingConnection(isLast))
        return Attempt(
            outcome: .sent(reply: Self.lastReply(result.dialogue) ?? SMTPReply(code: 250, text: "")),
            dialogue: result.dialogue)
    }

    private func attempt(_ failure: CurlFailure) -> Attempt {
        Attempt(outcome: outcome(of: failure), dialogue: failure.result.dialogue)
    }

    /// True if the server has closed a kept connection, or says that it will (421): the e-mail is not refused.
    private static func isEndOfConnection(_ failure: CurlFailure) -> Bool {
        guard !failure.isTimeout, !failure.isCancelled else { return false }
        let dialogue = beforeQuit(failure.result.dialogue)
        return dialogue.allSatisfy(\.isCommand) || lastReply(dialogue)?.code == 421
    }

    /// The addresses are those of a `Mailbox`, which has checked them.
    private func request(
        _ message: [UInt8], _ sender: Mailbox, _ recipient: Mailbox, _ cancellation: CurlCancellation
    ) -> CurlRequest {
        var parts = CurlRequest.SMTPParts(
            sender: sender.address, recipient: recipient.address, message: message,
            requiresTLS: server.security == .startTLS, user: server.user, password: server.password)
        parts.replyLimit = replyLimit
        let scheme = server.security == .implicitTLS ? "smtps" : "smtp"
        let name = greeting().filter { $0.isASCII && ($0.isLetter || $0.isNumber || ".-[]:".contains($0)) }
        var request = CurlRequest(
            "\(scheme)://\(server.shown)/\(name)", .smtp(parts),
            limits: CurlLimits(
                connectMilliseconds: 30_000, totalMilliseconds: Self.limitSeconds * 1000, bodySize: 1 << 16))
        request.extraAuthorities = extraAuthorities
        request.recordsDialogue = true
        request.cancellation = cancellation
        return request
    }

    // MARK: Failures

    /// The classes of replies by the command that they answer: only RCPT and DATA are about the e-mail.
    private func outcome(of failure: CurlFailure) -> SMTPOutcome {
        guard !failure.isCancelled else { return .unavailable(SMTPReply(code: 0, text: "The server was stopped.")) }
        let dialogue = Self.beforeQuit(failure.result.dialogue)
        let command = dialogue.last { $0.isCommand }?.text.prefix(4).uppercased() ?? ""
        // DATA and the message are about this e-mail, and so is all that follows the sender's address.
        let isAboutMail = ["RCPT", "DATA"].contains(command)
        guard let reply = Self.lastReply(dialogue), reply.code >= 400, !failure.isTimeout else {
            let reply = SMTPReply(code: 0, text: explanation(failure))
            return isAboutMail ? .postponed(reply) : .unavailable(reply)
        }
        // A server that ends the connection (421) at one e-mail may do so each time: it must not keep the others
        // waiting.
        guard isAboutMail else { return .unavailable(reply) }
        return reply.code >= 500 ? .rejected(reply) : .postponed(reply)
    }

    private func explanation(_ failure: CurlFailure) -> String {
        if failure.lacksTLS { return "\(server.shown) does not offer STARTTLS, without which no mail is sent." }
        if failure.isBadCertificate { return "The certificate of \(server.shown) is not valid: \(failure.text)" }
        if failure.isTimeout { return "\(server.shown) did not answer in time." }
        return "\(server.shown): \(failure.text)"
    }

    /// The connection is closed with QUIT, whose reply says nothing.
    private static func beforeQuit(_ dialogue: [DialogueLine]) -> [DialogueLine] {
        Array(dialogue.prefix { !$0.isCommand || $0.text != "QUIT" })
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
