import Auth
import Basics
import Domain
import HTTPServer
import NIOHTTP1
import TestSupport
import Testing
import Web

@Suite struct AdminPagesTests {
    private static let paths = [
        "/admin", "/admin/people", "/admin/invitations", "/admin/trail", "/admin/mail", "/admin/settings",
    ]

    /// A site with two accounts: alice's, who is an admin, and bob's.
    private func withAdmin(
        hasMail: Bool = false, signUp: SignUpPolicy = SignUpPolicy(),
        _ work: (TestSite, _ alice: Browser, _ admin: User, _ bob: User) async throws -> Void
    ) async throws {
        try await TestSite.with(hasMail: hasMail, signUp: signUp) { site async throws in
            let administration = site.services.administration(by: .server)
            for name in ["alice", "bob"] {
                _ = try await administration.create(
                    email: "\(name)@example.com", username: name, password: "kept-by-\(name.dropFirst())",
                    isAdmin: name == "alice")
            }
            let admin = try #require(try await administration.user("alice@example.com"))
            let bob = try #require(try await administration.user("bob@example.com"))
            try await work(site, try await logIn("alice", site), admin, bob)
        }
    }

    private func logIn(_ name: String, _ site: TestSite) async throws -> Browser {
        let browser = Browser(site)
        await browser.open("/login")
        await browser.submit(
            "/login", ["email": "\(name)@example.com", "password": "kept-by-\(name.dropFirst())"])
        try #require(browser.page.status == .ok)
        return browser
    }

    private func path(_ user: User) -> String { "/admin/people/\(user.id)" }

    /// The last event of this kind, which was caused by this admin.
    private func event(_ kind: AuditEvent.Kind, by admin: User, _ site: TestSite) async throws -> AuditRecord {
        let record = try #require(try await site.auditRecords().last { $0.kind == kind })
        #expect(record.actor == "admin: \(admin.id)" && record.admin == admin.id)
        #expect(record.ipAddress == "127.0.0.1" && record.request?.hasPrefix("POST /admin/") == true)
        return record
    }

    // MARK: Access

    @Test func `visitors are sent to sign in, and return`() async throws {
        try await withAdmin { site, _, _, bob async throws in
            for path in Self.paths + [path(bob)] {
                let response = await site.send(.GET, path)
                #expect(response.status == .seeOther)
                #expect(
                    response.headers["location"] == ["/login?next=\(PercentEncoding.encodeComponent(path))"])
            }
        }
    }

    @Test func `other users find no admin pages, whatever they send, and it is recorded`() async throws {
        try await withAdmin { site, _, _, bob async throws in
            let browser = try await logIn("bob", site)
            func part(_ response: Response) -> String { response.text.replacing(/[\w-]{40,}/, with: "") }
            let nowhere = await browser.open("/nowhere")
            #expect(nowhere.status == .notFound)
            for path in Self.paths + [path(bob), "/admin/setup"] {
                let response = await browser.open(path)
                #expect(response.status == .notFound)
                #expect(part(response) == part(nowhere), "\(path)")
            }
            await browser.open("/account")
            let token = browser.formToken
            for path in ["\(path(bob))/make-admin", "/admin/invitations", "/admin/mail/retry", "/admin/confirm"] {
                for token in [token, nil] {
                    #expect(await browser.post(path, [:], token: token).status == .notFound, "\(path)")
                }
            }
            let refused = try await site.auditRecords().filter { $0.kind == .accessRefused }
            #expect(refused.count > 5 && refused.allSatisfy { $0.userID == bob.id })
        }
    }

    @Test func `an admin sees all admin pages, and loses them with the role at once`() async throws {
        try await withAdmin { site, alice, admin, bob async throws in
            #expect(await alice.open("/account").text.contains(#"<a href="/admin">Administration</a>"#))
            for path in Self.paths + [path(bob), path(admin)] {
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
        try await withAdmin { site, alice, _, bob async throws in
            await alice.open(path(bob))
            #expect(await alice.post("\(path(bob))/deactivate", [:], token: nil).status == .forbidden)
            alice.origin = "http://evil.test"
            #expect(
                await alice.post("\(path(bob))/deactivate", [:], token: alice.formToken).status == .forbidden)
            #expect(try await site.services.administration(by: .server).user("bob@example.com")?.isActive == true)
        }
    }

    // MARK: People

    @Test func `finds and shows accounts`() async throws {
        try await withAdmin { site, alice, _, bob async throws in
            #expect(await alice.open("/admin/people").text.contains(">bob@example.com</a>"))
            await alice.open("/admin/people?q=ALI")
            #expect(alice.page.text.contains(">alice@example.com</a>") && !alice.page.text.contains("bob@"))
            #expect(await !alice.open("/admin/people?admins=1").text.contains("bob@"))
            #expect(await alice.open("/admin/people?q=nobody").text.contains("No account is found."))
            _ = try await logIn("bob", site)
            await alice.open(path(bob))
            #expect(alice.page.text.contains("<h1>bob@example.com</h1>"))
            #expect(alice.page.text.contains("<dt>Sessions</dt><dd>1</dd>"))
            #expect(await alice.open("/admin/people/nobody").status == .notFound)
            #expect(await alice.open("/admin/people/\(String(repeating: "x", count: 300))").status == .notFound)
        }
    }

    @Test func `pages of accounts follow each other`() async throws {
        try await withAdmin { site, alice, _, _ async throws in
            let administration = site.services.administration(by: .server)
            for number in 100..<160 {
                _ = try await administration.create(
                    email: "u\(number)@example.com", username: nil, password: "a long password")
            }
            await alice.open("/admin/people?q=u1")
            #expect(alice.page.text.contains("u100@") && !alice.page.text.contains("u150@"))
            let next = try #require(alice.page.text.firstMatch(of: /rel="next" href="([^"]+)"/)?.1)
            await alice.open(String(next).replacing("&amp;", with: "&"))
            #expect(alice.page.text.contains("u159@") && !alice.page.text.contains("u149@"))
            #expect(!alice.page.text.contains(#"rel="next""#))
        }
    }

    @Test func `deactivates, which ends sessions at once, and activates`() async throws {
        try await withAdmin { site, alice, admin, bob async throws in
            let browser = try await logIn("bob", site)
            await alice.open(path(bob))
            await alice.submit("\(path(bob))/deactivate", [:])
            #expect(alice.page.status == .ok && alice.page.text.contains("Deactivated. All sessions"))
            #expect(await browser.open("/dashboard").text.contains("<h1>Sign in</h1>"))
            #expect(try await event(.userDeactivated, by: admin, site).userID == bob.id)
            await alice.submit("\(path(bob))/activate", [:])
            #expect(alice.page.text.contains("Active again."))
            #expect(try await event(.userActivated, by: admin, site).userID == bob.id)
            await alice.submit("\(path(bob))/activate", [:])
            #expect(alice.page.text.contains("Nothing was changed"))
            _ = try await logIn("bob", site)
        }
    }

    @Test func `ends sessions and API tokens`() async throws {
        try await withAdmin { site, alice, admin, bob async throws in
            let browser = try await logIn("bob", site)
            await browser.open("/account")
            await browser.submit("/account/tokens", ["token_name": "x", "scope": "tasks:read", "lifetime": "30"])
            let token = try #require(browser.page.text.firstMatch(of: /lk_\w{46}/)?.0)
            #expect(await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"]).status == .ok)
            await alice.open(path(bob))
            await alice.submit("\(path(bob))/end-sessions", [:])
            #expect(alice.page.text.contains("Signed out everywhere."))
            #expect(await browser.open("/dashboard").text.contains("<h1>Sign in</h1>"))
            #expect(try await event(.sessionsRevoked, by: admin, site).details == #"{"sessions_ended":"1"}"#)
            #expect(await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"]).status == .ok)
            await alice.submit("\(path(bob))/revoke-tokens", [:])
            #expect(alice.page.text.contains("All API tokens are revoked."))
            #expect(await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"]).status == .unauthorized)
            #expect(try await event(.sessionsRevoked, by: admin, site).userID == bob.id)
        }
    }

    @Test func `makes a link for a new password, and shows it once`() async throws {
        try await withAdmin { site, alice, admin, bob async throws in
            await alice.open(path(bob))
            await alice.submit("\(path(bob))/reset-link", [:])
            let link = try #require(alice.page.text.firstMatch(of: /http:\/\/tasks\.test(\/reset\/(\w{32}))/))
            #expect(alice.page.headers["cache-control"] == ["no-store"])
            #expect(try await event(.tokenCreated, by: admin, site).userID == bob.id)
            #expect(await !alice.open(path(bob)).text.contains("/reset/"))
            let browser = Browser(site)
            await browser.open(String(link.1))
            await browser.submit("/reset", ["token": String(link.2), "password": "a brand new password"])
            #expect(browser.page.text.contains("Your new password is set."))
            // Nothing sets a password here.
            #expect(!site.site.router.routes.contains { $0.path.hasPrefix("/admin") && $0.path.contains("password") })

            await alice.open(path(bob))
            await alice.submit("\(path(bob))/deactivate", [:])
            await alice.submit("\(path(bob))/reset-link", [:])
            #expect(alice.page.status == .conflict && !alice.page.text.contains("/reset/\(link.2)"))
        }
    }

    @Test func `a lost second factor is removed, and its owner notified`() async throws {
        try await withAdmin(hasMail: true) { site, alice, admin, bob async throws in
            let browser = try await logIn("bob", site)
            await browser.open("/account")
            await browser.submit("/account/second-factor", [:])
            let uri = try #require(browser.page.text.firstMatch(of: /otpauth:\/\/totp\/[^"<]+/)?.0)
            let app = try #require(Authenticator(String(uri).replacing("&amp;", with: "&")))
            await browser.submit("/account/second-factor/activate", ["code": try app.code(at: site.clock.now)])
            try #require(browser.page.status == .ok)
            let other = Browser(site)
            await other.open("/login")
            await other.submit("/login", ["email": "bob@example.com", "password": "kept-by-ob"])
            #expect(other.page.text.contains("<h1>One more step</h1>"))

            await alice.open(path(bob))
            #expect(alice.page.text.contains("<dt>Second factor</dt><dd>On</dd>"))
            await alice.submit("\(path(bob))/remove-factor", [:])
            #expect(alice.page.text.contains("The second factor is removed."))
            #expect(try await event(.secondFactorRemoved, by: admin, site).userID == bob.id)
            _ = try await logIn("bob", site)
            #expect(await browser.open("/account").text.contains("by an admin"))
            let mails = try await site.services.outbox.mail(in: [.waiting], limit: 9)
            #expect(
                mails.contains { $0.mail.kind == .secondFactorChange && $0.mail.details["act"] == "second-factor-off" })
        }
    }

    @Test func `passkeys and accounts at providers are removed, and their owner notified`() async throws {
        try await withAdmin(hasMail: true) { site, alice, admin, bob async throws in
            try await site.database.write { connection in
                _ = try connection.execute(
                    """
                    INSERT INTO passkeys (
                        id, user_id, credential_id, public_key, name, transports, aaguid, created_at,
                        is_of_verified_address, is_backup_eligible, is_backed_up, sign_count
                    ) VALUES ('p', \(bob.id), 'c', \([UInt8]("key".utf8)), 'Laptop', '', '', 1, TRUE, FALSE, FALSE, 0)
                    """)
                _ = try connection.execute(
                    """
                    INSERT INTO linked_accounts (id, user_id, provider, issuer, subject, linked_at)
                    VALUES ('l', \(bob.id), 'github', 'https://github.com', '1', 1)
                    """)
            }
            await alice.open(path(bob))
            #expect(alice.page.text.contains("<dt>Passkeys</dt><dd>1</dd>"))
            #expect(alice.page.text.contains("<dt>Providers</dt><dd>github</dd>"))
            for (action, sentence, kind, act) in [
                ("remove-passkeys", "All passkeys are removed.", AuditEvent.Kind.passkeyRemoved, "passkey-removed"),
                ("unlink-providers", "All accounts at providers are unlinked.", .providerUnlinked, "provider-unlinked"),
            ] {
                await alice.submit("\(path(bob))/\(action)", [:])
                #expect(alice.page.status == .ok && alice.page.text.contains(sentence), "\(action)")
                let record = try await event(kind, by: admin, site)
                #expect(record.userID == bob.id && record.details.contains(#""count":"1""#))
                let mails = try await site.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
                #expect(mails.contains { $0.details["act"] == act && $0.address == bob.email })
                await alice.submit("\(path(bob))/\(action)", [:])
                #expect(alice.page.text.contains("Nothing was changed"))
            }
            #expect(alice.page.text.contains("<dt>Passkeys</dt><dd>None</dd>"))
            #expect(alice.page.text.contains("<dt>Providers</dt><dd>None</dd>"))
        }
    }

    @Test func `deletes an account whose address is typed`() async throws {
        try await withAdmin { site, alice, admin, bob async throws in
            await alice.open(path(bob))
            await alice.submit("\(path(bob))/delete", ["email": "alice@example.com"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("This is not the address of the account."))
            await alice.submit("\(path(bob))/delete", ["email": " Bob@Example.com "])
            #expect(alice.page.status == .ok && alice.page.text.contains("The account is deleted"))
            #expect(try await event(.userDeleted, by: admin, site).userID == bob.id)
            #expect(await alice.open(path(bob)).status == .notFound)
        }
    }

    @Test func `makes admins, and keeps the last one`() async throws {
        try await withAdmin { site, alice, admin, bob async throws in
            await alice.open(path(admin))
            for action in ["revoke-admin", "deactivate"] {
                await alice.submit("\(path(admin))/\(action)", [:])
                #expect(alice.page.status == .conflict)
                #expect(alice.page.text.contains("This is the last admin."))
            }
            await alice.submit("\(path(admin))/delete", ["email": "alice@example.com"])
            #expect(alice.page.status == .conflict)
            await alice.open("/account")
            await alice.submit("/account/delete", [:])
            #expect(alice.page.status == .conflict && alice.page.text.contains("This is the last admin."))

            await alice.open(path(bob))
            await alice.submit("\(path(bob))/make-admin", [:])
            #expect(alice.page.text.contains("Now an admin."))
            #expect(try await event(.roleChanged, by: admin, site).details == #"{"from":"user","to":"admin"}"#)
            await alice.open(path(admin))
            #expect(await alice.submit("\(path(admin))/revoke-admin", [:]).status == .notFound)
            #expect(try await event(.roleChanged, by: admin, site).details == #"{"from":"admin","to":"user"}"#)
        }
    }

    @Test func `changes require a recent proof`() async throws {
        try await withAdmin { site, alice, _, bob async throws in
            site.clock.advance(seconds: RecentProof.lifetimeSeconds + 1)
            for path in ["/admin/mail/retry", "/admin/invitations"] {
                await alice.open("/account")
                #expect(await alice.post(path, [:], token: alice.formToken).status == .forbidden, "\(path)")
            }
            await alice.open(path(bob))
            #expect(!alice.page.text.contains("\(path(bob))/deactivate"))
            await alice.submit("\(path(bob))/deactivate", [:])
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains("<h1>Confirm your password</h1>"))
            #expect(try await site.services.administration(by: .server).user("bob@example.com")?.isActive == true)
            await alice.submit("/admin/confirm", ["next": path(bob), "password": "wrong"])
            #expect(alice.page.status == .forbidden && alice.page.text.contains("This is not your password."))
            await alice.submit("/admin/confirm", ["next": path(bob), "password": "kept-by-lice"])
            #expect(alice.page.status == .ok && alice.page.text.contains("<h1>bob@example.com</h1>"))
            await alice.submit("\(path(bob))/deactivate", [:])
            #expect(alice.page.text.contains("Deactivated."))
            await alice.submit("/admin/confirm", ["next": "//evil.test", "password": "kept-by-lice"])
            #expect(alice.page.text.contains("<h1>Server</h1>"))
        }
    }

    // MARK: Invitations

    @Test func `makes and revokes invitations`() async throws {
        try await withAdmin(signUp: SignUpPolicy(.invited)) { site, alice, admin, _ async throws in
            await alice.open("/admin/invitations")
            #expect(alice.page.text.contains("Invited: making an account takes an invitation."))
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
            _ = try await event(.invitationCreated, by: admin, site)
            #expect(await Browser(site).open(String(link)).status == .ok)
            let id = try #require(alice.page.text.firstMatch(of: /\/admin\/invitations\/([\w-]+)\/revoke/)?.1)
            await alice.submit("/admin/invitations/\(id)/revoke", [:])
            #expect(alice.page.text.contains("The invitation is revoked."))
            _ = try await event(.invitationRevoked, by: admin, site)
            #expect(await Browser(site).open(String(link)).status == .notFound)
            #expect(await alice.submit("/admin/invitations/nothing/revoke", [:]).status == .notFound)
        }
    }

    // MARK: The trail

    @Test func `shows the trail by account, event and day, and verifies it`() async throws {
        try await withAdmin { site, alice, _, bob async throws in
            await alice.open(path(bob))
            await alice.submit("\(path(bob))/deactivate", [:])
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
        try await withAdmin { site, alice, _, _ async throws in
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
        try await withAdmin(hasMail: true) { site, alice, admin, bob async throws in
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
            #expect(alice.page.text.contains("There is no such mail"))
            await alice.submit("/admin/mail/retry", ["mail": mail.id.rawValue])
            #expect(alice.page.text.contains("The mail is sent within seconds."))
            #expect(try await event(.mailRetried, by: admin, site).details == #"{"mails":"1"}"#)
            #expect(try await outbox.count([.undeliverable]).isEmpty)
        }
    }
}
