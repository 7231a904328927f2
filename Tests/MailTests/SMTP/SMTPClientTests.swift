import Basics
import TestSupport
import Testing

@testable import Mail

@Suite struct SMTPClientTests {
    private func client(_ service: RawService, replyLimit: Duration = .seconds(60)) -> SMTPClient {
        SMTPClient(
            SMTPServer(host: "127.0.0.1", port: service.port, security: .none, user: nil, password: nil),
            greeting: { "tasks.test" }, replyLimit: replyLimit)
    }

    private func message() throws -> MailMessage {
        try MailMessage(
            from: try Mailbox(address: "tasks@tasks.test"), to: try Mailbox(address: "a@example.com"),
            subject: "Test", text: "Test", html: "<p>Test</p>", id: "1", time: Timestamp(milliseconds: 0))
    }

    /// The service greets and reads, and never answers.
    private func withSilence(_ work: (RawService) async throws -> Void) async throws {
        let service = try RawService()
        service.greets(Array("220 mail.test\r\n".utf8))
        try await work(service)
        service.stop()
    }

    @Test func `a reply that does not come has a limit of its own`() async throws {
        try await withSilence { service in
            let attempt = try await client(service, replyLimit: .milliseconds(100)).send(message(), boundary: "b")
            guard case .unavailable(let reply) = attempt.outcome else {
                Issue.record("\(attempt.outcome)")
                return
            }
            #expect(reply.text.contains("did not answer in time"))
            #expect(attempt.dialogue.last?.text == "EHLO tasks.test")
        }
    }

    @Test func `cancelling the task ends the attempt`() async throws {
        try await withSilence { service in
            let (client, message) = (client(service), try message())
            let sending = Task { await client.send(message, boundary: "b") }
            while service.connectionCount == 0 { await Task.yield() }
            sending.cancel()
            guard case .unavailable(let reply) = await sending.value.outcome else {
                Issue.record("sent")
                return
            }
            #expect(reply.text.contains("stopped"))
        }
    }
}
