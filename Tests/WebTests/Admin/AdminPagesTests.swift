import Auth
import Basics
import Domain
import HTTPServer
import NIOHTTP1
import TestSupport
import Testing

@Suite struct AdminPagesTests {
    private static let paths = [
        "/admin", "/admin/people", "/admin/invitations", "/admin/trail", "/admin/mail", "/admin/settings",
    ]

    // MARK: Access

    @Test func `visitors are sent to sign in, and return`() async throws {
        try await AdminPages.with { site, _, _, bob async throws in
            for path in Self.paths + [AdminPages.path(bob)] {
                let response = await site.send(.GET, path)
                #expect(response.status == .seeOther)
                #expect(
                    response.headers["location"] == ["/login?next=\(PercentEncoding.encodeComponent(path))"])
            }
        }
    }

    @Test func `other users find no admin pages, whatever they send, and it is recorded`() async throws {
        try await AdminPages.with { site, _, _, bob async throws in
            let browser = try await AdminPages.signIn("bob", site)
            func part(_ response: Response) -> String { response.text.replacing(/[\w-]{40,}/, with: "") }
            let nowhere = await browser.open("/nowhere")
            #expect(nowhere.status == .notFound)
            for path in Self.paths + [AdminPages.path(bob), "/admin/setup"] {
                let response = await browser.open(path)
                #expect(response.status == .notFound)
                #expect(part(response) == part(nowhere), "\(path)")
            }
            await browser.open("/account")
            let token = browser.formToken
            for path in [
                "\(AdminPages.path(bob))/make-admin", "/admin/invitations", "/admin/mail/retry", "/admin/confirm",
            ] {
                for token in [token, nil] {
                    #expect(await browser.post(path, [:], token: token).status == .notFound, "\(path)")
                }
            }
            let refused = try await site.auditRecords().filter { $0.kind == .accessRefused }
            #expect(refused.count > 5 && refused.allSatisfy { $0.userID == bob.id })
        }
    }

    @Test func `an admin sees all admin pages, and loses them with the role at once`() async throws {
        try await AdminPages.with { site, alice, admin, bob async throws in
            #expect(await alice.open("/account").text.contains(#"<a href="/admin">Administration</a>"#))
            for path in Self.paths + [AdminPages.path(bob), AdminPages.path(admin)] {
                #expect(await alice.open(path).status == .ok, "\(path)")
            }
            let administration = site.services.administration(by: .server)
            #expect(try await administration.makeAdmin(bob))
            #expect(try await administration.revokeAdmin(admin))
            #expect(await alice.open("/admin").status == .notFound)
            #expect(await !alice.open("/account").text.contains("/admin"))
        }
    }

    @Test func `a form from another site does nothing`() async throws {
        try await AdminPages.with { site, alice, _, bob async throws in
            await alice.open(AdminPages.path(bob))
            #expect(await alice.post("\(AdminPages.path(bob))/deactivate", [:], token: nil).status == .forbidden)
            alice.origin = "http://evil.test"
            #expect(
                await alice.post("\(AdminPages.path(bob))/deactivate", [:], token: alice.formToken).status == .forbidden
            )
            #expect(try await site.services.administration(by: .server).user("bob@example.com")?.isActive == true)
        }
    }

    // MARK: Invitations

    @Test func `makes and revokes invitations`() async throws {
        try await AdminPages.with(signUp: SignUpPolicy(.invited)) { site, alice, admin, _ async throws in
            await alice.open("/admin/invitations")
            #expect(alice.page.text.contains("Invited: signing up needs an invitation."))
            for (email, uses) in [("bob@example.com", "1"), ("nonsense", "1"), ("", "0"), ("", "many")] {
                await alice.submit("/admin/invitations", ["email": email, "uses": uses, "days": "7"])
                #expect(alice.page.status == .unprocessableEntity, "\(email) \(uses)")
            }
            for days in ["0", "366", "9223372036854775807"] {
                await alice.submit("/admin/invitations", ["email": "", "uses": "", "days": days])
                #expect(alice.page.status == .unprocessableEntity, "\(days)")
            }
            await alice.submit("/admin/invitations", ["email": "carol@example.com", "uses": "1", "days": "7"])
            let link = try #require(alice.page.text.firstMatch(of: /http:\/\/tasks\.test(\/invitation\/\w{32})/)?.1)
            #expect(alice.page.text.contains("made by alice@example.com"))
            _ = try await AdminPages.event(.invitationCreated, by: admin, site)
            #expect(await Browser(site).open(String(link)).status == .ok)
            let id = try #require(alice.page.text.firstMatch(of: /\/admin\/invitations\/([\w-]+)\/revoke/)?.1)
            await alice.submit("/admin/invitations/\(id)/revoke", [:])
            #expect(alice.page.text.contains("The invitation is revoked."))
            _ = try await AdminPages.event(.invitationRevoked, by: admin, site)
            #expect(await Browser(site).open(String(link)).status == .notFound)
            #expect(await alice.submit("/admin/invitations/nothing/revoke", [:]).status == .notFound)
        }
    }

    // MARK: The trail

    @Test func `shows the trail by account, event and day, and verifies it`() async throws {
        try await AdminPages.with { site, alice, _, bob async throws in
            await alice.open(AdminPages.path(bob))
            await alice.submit("\(AdminPages.path(bob))/deactivate", [:])
            await alice.open("/admin/trail")
            #expect(alice.page.text.contains("by admin alice@example.com from 127.0.0.1"))
            await alice.open("/admin/trail?user=bob@example.com&event=user_deactivated")
            let rows = alice.page.text.matches(of: /<strong>([a-z_]+)<\/strong>/).map { String($0.1) }
            #expect(rows == ["user_deactivated"])
            let day = String(site.clock.now.rfc3339.prefix(10))
            #expect(
                await alice.open("/admin/trail?since=\(day)&until=\(day)").text.contains("user_deactivated</strong>"))
            #expect(await alice.open("/admin/trail?until=2000-01-01").text.contains("There are no such events."))
            #expect(await alice.open("/admin/trail?since=now").text.contains("Enter a day, such as"))
            #expect(await alice.open("/admin/trail?user=x@example.com").text.contains("There is no such account."))
            #expect(await alice.open("/admin/trail?event=none&before=x&user=%00").status == .badRequest)
            await alice.open("/admin/trail")
            await alice.submit("/admin/trail/verify", [:])
            #expect(alice.page.status == .ok && alice.page.text.contains("all as they were written"))
            try await site.database.write { _ = try $0.execute("UPDATE audit_head SET number = 1") }
            await alice.open("/admin/trail")
            await alice.submit("/admin/trail/verify", [:])
            #expect(alice.page.text.contains("The end of the trail was altered"))
        }
    }

    @Test func `earlier events are on further pages`() async throws {
        try await AdminPages.with { site, alice, _, _ async throws in
            for _ in 0..<60 {
                try await site.services.audit.record(AuditEvent(.serverStarted, at: site.clock.now, by: .server))
            }
            await alice.open("/admin/trail?event=sys_startup")
            #expect(alice.page.text.matches(of: /<strong>sys_startup<\/strong>/).count == 50)
            let earlier = try #require(alice.page.text.firstMatch(of: /rel="next" href="([^"]+)"/)?.1)
            await alice.open(String(earlier).replacing("&amp;", with: "&"))
            #expect(alice.page.text.matches(of: /<strong>sys_startup<\/strong>/).count == 10)
        }
    }

    // MARK: Mail

    @Test func `undeliverable mail is sent again`() async throws {
        try await AdminPages.with(hasMail: true) { site, alice, admin, bob async throws in
            let visitor = Browser(site)
            await visitor.open("/forgot")
            await visitor.submit("/forgot", ["email": "bob@example.com"])
            let outbox = site.services.outbox
            let time = site.clock.now
            let mail = try #require(
                try await outbox.claim(by: "test", until: time.adding(seconds: 60), at: time)?.mail)
            try await outbox.settle(
                mail.id, claimedBy: "test", .undeliverable, reply: "550 <none>", at: time, recording: nil)
            await alice.open("/admin/mail")
            #expect(alice.page.text.contains("password reset to bob@example.com"))
            #expect(alice.page.text.contains("550 &lt;none&gt;"))
            await alice.submit("/admin/mail/retry", ["mail": "none"])
            #expect(alice.page.text.contains("There is no such e-mail"))
            await alice.submit("/admin/mail/retry", ["mail": mail.id.rawValue])
            #expect(alice.page.text.contains("The e-mail is sent within seconds."))
            #expect(try await AdminPages.event(.mailRetried, by: admin, site).details == #"{"mails":"1"}"#)
            #expect(try await outbox.count([.undeliverable]).isEmpty)
        }
    }
}
