import Auth
import Basics
import Domain
import Logging
import Mail
import Storage
import Synchronization
import Templating
import TestSupport
import Testing
import Web

@testable import App

/// The rules of sending, with a mailer that answers as it is told; the acceptance tests have real servers.
@Suite struct MailSenderTests {
    private final class ScriptedMailer: Mailer {
        private let state = Mutex<(outcomes: [SMTPOutcome], messages: [MailMessage])>(([], []))

        var messages: [MailMessage] { state.withLock { $0.messages } }
        func answer(_ outcomes: SMTPOutcome...) { state.withLock { $0.outcomes += outcomes } }

        func deliver(_ message: MailMessage, boundary: String) async -> SMTPOutcome {
            state.withLock { state in
                state.messages.append(message)
                return state.outcomes.isEmpty
                    ? .sent(reply: SMTPReply(code: 250, text: "")) : state.outcomes.removeFirst()
            }
        }
    }

    private struct Setup {
        let services: Services
        let clock: TestClock
        let mailer: ScriptedMailer
        let health: MailHealth
        let sender: MailSender
        let client = Client(ipAddress: "203.0.113.7", userAgent: "test")

        func states() async throws -> [MailState] {
            try await services.outbox.mail(in: MailState.allCases, limit: 99).map(\.state)
        }

        func token(in message: MailMessage) throws -> String {
            String(try #require(message.text.firstMatch(of: /http:\/\/tasks.test\/reset\/([0-9a-f]{32})/)).1)
        }
    }

    private func with(_ work: (Setup) async throws -> Void) async throws {
        let clock = TestClock()
        try await Services.withTest(clock: clock) { services in
            let (mailer, health) = (ScriptedMailer(), MailHealth())
            let templates = try TemplateLibrary(directory: packageRoot + "/Templates", pages: Site.pages)
            let sender = try MailSender(
                services, through: mailer, from: try Mailbox(address: "latchkey@tasks.test"),
                composer: services.mailComposer(templates) { "http://tasks.test" },
                health: health, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            _ = try await services.auth.signUp(
                AuthService.Application(email: "a@example.com", password: "horse-battery-9", username: nil),
                from: Client(ipAddress: "127.0.0.1", userAgent: ""))
            try await work(
                Setup(services: services, clock: clock, mailer: mailer, health: health, sender: sender))
        }
    }

    @Test func `a link arrives, works once, and is not mailed again`() async throws {
        try await with { setup in
            try await setup.services.resets.request(email: "a@example.com", from: setup.client)
            await setup.sender.sendAll()
            let message = try #require(setup.mailer.messages.first)
            #expect(message.to.address == "a@example.com")
            let token = try setup.token(in: message)
            #expect(message.html.contains(token))
            #expect(message.text.contains("203.0.113.7"))
            #expect(try await setup.states() == [.sent])
            try await setup.services.resets.reset(
                token: try setup.token(in: message), to: "another-horse-8", from: setup.client)
            await #expect(throws: AppError.self) {
                try await setup.services.resets.reset(
                    token: try setup.token(in: message), to: "another-horse-9", from: setup.client)
            }
        }
    }

    @Test func `each attempt carries the same link and Message-ID`() async throws {
        try await with { setup in
            setup.mailer.answer(.postponed(SMTPReply(code: 451, text: "451 later")))
            try await setup.services.resets.request(email: "a@example.com", from: setup.client)
            await setup.sender.sendAll()
            #expect(try await setup.states() == [.waiting])
            await setup.sender.sendAll()
            #expect(setup.mailer.messages.count == 1)
            setup.clock.advance(seconds: 20)
            await setup.sender.sendAll()
            #expect(setup.mailer.messages.count == 2)
            #expect(Set(setup.mailer.messages.map(\.id)).count == 1)
            let tokens = try setup.mailer.messages.map(setup.token(in:))
            #expect(Set(tokens).count == 1)
            #expect(try await setup.states() == [.sent])
        }
    }

    @Test func `a refused mail is recorded in the trail, and an expired one too`() async throws {
        try await with { setup in
            setup.mailer.answer(.rejected(SMTPReply(code: 550, text: "550 no such user")))
            try await setup.services.resets.request(email: "a@example.com", from: setup.client)
            await setup.sender.sendAll()
            #expect(try await setup.states() == [.undeliverable])
            setup.clock.advance(seconds: 100)
            try await setup.services.resets.request(email: "a@example.com", from: setup.client)
            setup.clock.advance(seconds: 3601)
            await setup.sender.sendAll()
            #expect(try await setup.states() == [.expired, .undeliverable])
            #expect(setup.mailer.messages.count == 1)
            let trail = try await setup.services.auditStore.first(AuditQuery(limit: 99))
            #expect(trail.filter { $0.event == "mail_undelivered" }.count == 2)
        }
    }

    @Test func `a server that accepts nothing holds all mail without counting attempts`() async throws {
        try await with { setup in
            setup.mailer.answer(.unavailable(SMTPReply(code: 535, text: "535 no")))
            try await setup.services.resets.request(email: "a@example.com", from: setup.client)
            await setup.sender.sendAll()
            #expect(setup.health.problem?.reason == "535 no")
            #expect(setup.health.problem?.since == setup.clock.now)
            #expect(try await setup.states() == [.waiting])
            await setup.sender.sendAll()
            #expect(setup.mailer.messages.count == 1)
            // The operator has mended something.
            setup.clock.advance(seconds: 1)
            #expect(try await setup.services.outbox.retry(nil, at: setup.clock.now) == 1)
            await setup.sender.sendAll()
            #expect(setup.health.problem == nil)
            #expect(try await setup.services.outbox.mail(in: [.sent], limit: 9).map(\.attempts) == [1])
        }
    }

    @Test func `a successful test of the mail server ends the general pause, not that of each mail`() async throws {
        try await with { setup in
            setup.mailer.answer(.postponed(SMTPReply(code: 451, text: "451 later")))
            try await setup.services.resets.request(email: "a@example.com", from: setup.client)
            await setup.sender.sendAll()
            setup.clock.advance(seconds: 1)
            _ = try await setup.services.auth.signUp(
                AuthService.Application(email: "b@example.com", password: "horse-battery-9", username: nil),
                from: setup.client)
            setup.mailer.answer(.unavailable(SMTPReply(code: 535, text: "535 no")))
            try await setup.services.resets.request(email: "b@example.com", from: setup.client)
            await setup.sender.sendAll()
            await setup.sender.sendAll()
            #expect(setup.mailer.messages.count == 2)
            setup.clock.advance(seconds: 1)
            #expect(try await setup.services.outbox.endPause(at: setup.clock.now) == 2)
            await setup.sender.sendAll()
            #expect(setup.mailer.messages.map(\.to.address) == ["a@example.com", "b@example.com", "b@example.com"])
            #expect(setup.health.problem == nil)
            #expect(try await setup.states() == [.sent, .waiting])
        }
    }

    @Test func `a mail states the time that is left when it is sent`() async throws {
        try await with { setup in
            func text(after seconds: Int64) async throws -> String {
                setup.clock.advance(seconds: 4000)
                let before = setup.mailer.messages.count
                try await setup.services.resets.request(email: "a@example.com", from: setup.client)
                setup.clock.advance(seconds: seconds)
                await setup.sender.sendAll()
                return setup.mailer.messages.dropFirst(before).map { $0.text + $0.html }.joined()
            }
            let prompt = try await text(after: 2)
            #expect(prompt.contains("within an hour") && prompt.contains("within 15 minutes: "))
            let late = try await text(after: 500)
            #expect(late.contains("within 51 minutes") && late.contains("within 6 minutes: "))
            // The code would be of no use.
            let later = try await text(after: 700)
            #expect(later.contains("within 48 minutes") && !later.contains("this code"))
            #expect(try await text(after: 3299).contains("within 5 minutes"))
            // And neither would the link.
            #expect(try await text(after: 3301) == "")
            #expect(try await setup.states().first == .expired)
        }
    }

    @Test func `a link that was used before its mail was sent is not sent`() async throws {
        try await with { setup in
            setup.mailer.answer(.postponed(SMTPReply(code: 0, text: "lost after DATA")))
            try await setup.services.resets.request(email: "a@example.com", from: setup.client)
            await setup.sender.sendAll()
            let token = try setup.token(in: try #require(setup.mailer.messages.first))
            try await setup.services.resets.reset(token: token, to: "another-horse-8", from: setup.client)
            setup.clock.advance(seconds: 20)
            await setup.sender.sendAll()
            #expect(setup.mailer.messages.count == 1)
            #expect(try await setup.states() == [.obsolete])
        }
    }

    @Test func `nothing is sent to an address without an account`() async throws {
        try await with { setup in
            try await setup.services.resets.request(email: "nobody@example.com", from: setup.client)
            await setup.sender.sendAll()
            #expect(setup.mailer.messages.isEmpty)
            #expect(try await setup.states() == [.suppressed])
        }
    }
}
