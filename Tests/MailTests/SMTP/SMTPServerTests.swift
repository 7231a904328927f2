import Testing

@testable import Mail

@Suite struct SMTPServerTests {
    @Test(arguments: [
        ("smtp://mail.example.com", "mail.example.com:587", SMTPServer.Security.startTLS, nil, nil),
        ("smtps://mail.example.com", "mail.example.com:465", .implicitTLS, nil, nil),
        ("smtp://app:secret@mail.example.com:2525/", "mail.example.com:2525", .startTLS, "app", "secret"),
        ("smtps://a%40b.c:p%3A%2F%25@127.0.0.1", "127.0.0.1:465", .implicitTLS, "a@b.c", "p:/%"),
        ("smtp://u:p@[2001:db8::1]:25", "[2001:db8::1]:25", .startTLS, "u", "p"),
    ])
    func `addresses are read`(
        url: String, shown: String, security: SMTPServer.Security, user: String?, password: String?
    ) throws {
        let server = try #require(SMTPServer(url: url))
        #expect(server.shown == shown)
        #expect(server.security == security)
        #expect(server.user == user)
        #expect(server.password == password)
    }

    @Test(arguments: [
        "", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://:25", "smtp://host:0",
        "smtp://host:65536",
        "smtp://host:x", "smtp://user@host", "smtp://:pw@host", "smtp://u:%zz@host", "smtp://u:%0d%0aRSET@host",
        "smtp://u:p%00@host", "smtp://u:p@ho st", "smtp://u:p@host/path", "smtp://u:p@host?x", "smtp://u:%ff@host",
        "SMTP://host", "smtp://u:p@[::1", "smtp://host\r\n",
    ])
    func `anything else is refused`(url: String) { #expect(SMTPServer(url: url) == nil) }

    @Test func `plain is only for smtp`() {
        #expect(SMTPServer(url: "smtp://localhost:25", isPlain: true)?.security == SMTPServer.Security.none)
        #expect(SMTPServer(url: "smtps://localhost", isPlain: true) == nil)
    }

    @Test func `a reply of a server is one line of visible text`() {
        let reply = SMTPReply(code: 550, text: "550 no\u{1B}[2J\r\n\u{2028}" + String(repeating: "é", count: 900))
        #expect(reply.text.unicodeScalars.count == 200)
        #expect(reply.text.unicodeScalars.allSatisfy { !$0.isControl })
    }

    @Test(arguments: [
        ("tasks@example.com", "tasks@example.com", nil), ("Latchkey <a@b.test>", "a@b.test", "Latchkey"),
        ("\"Tasks, Inc.\" <a@b.test>", "a@b.test", "Tasks, Inc."), ("<a@b.test>", "a@b.test", nil),
    ])
    func `senders are read`(text: String, address: String, name: String?) throws {
        let mailbox = try #require(Mailbox(text))
        #expect(mailbox.address == address)
        #expect(mailbox.name == name)
    }

    @Test(arguments: ["", "Latchkey", "a@b@c", "x <a@b.test> y", "X\r\nBcc: y <a@b.test>", "<a b@c.test>", "a@b.test>"])
    func `anything else is no sender`(text: String) { #expect(Mailbox(text) == nil) }
}
