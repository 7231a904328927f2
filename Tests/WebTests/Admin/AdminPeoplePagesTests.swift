import Auth
import Basics
import Domain
import HTTPServer
import TestSupport
import Testing

@Suite struct AdminPeoplePagesTests {
    @Test func `finds and shows accounts`() async throws {
        try await AdminPages.with { site, alice, _, bob async throws in
            #expect(await alice.open("/admin/people").text.contains(">bob@example.com</a>"))
            await alice.open("/admin/people?q=ALI")
            #expect(alice.page.text.contains(">alice@example.com</a>") && !alice.page.text.contains("bob@"))
            #expect(await !alice.open("/admin/people?admins=1").text.contains("bob@"))
            #expect(await alice.open("/admin/people?q=nobody").text.contains("No accounts found."))
            _ = try await AdminPages.signIn("bob", site)
            await alice.open(AdminPages.path(bob))
            #expect(alice.page.text.contains("<h1>bob@example.com</h1>"))
            #expect(alice.page.text.contains("<dt>Sessions</dt><dd>1</dd>"))
            #expect(await alice.open("/admin/people/nobody").status == .notFound)
            #expect(await alice.open("/admin/people/\(String(repeating: "x", count: 300))").status == .notFound)
        }
    }

    @Test func `pages of accounts follow each other`() async throws {
        try await AdminPages.with { site, alice, _, _ async throws in
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
        try await AdminPages.with { site, alice, admin, bob async throws in
            let browser = try await AdminPages.signIn("bob", site)
            await alice.open(AdminPages.path(bob))
            await alice.submit("\(AdminPages.path(bob))/deactivate", [:])
            #expect(alice.page.status == .ok && alice.page.text.contains("Deactivated. All sessions"))
            #expect(await browser.open("/dashboard").text.contains("<h1>Sign in</h1>"))
            #expect(try await AdminPages.event(.userDeactivated, by: admin, site).userID == bob.id)
            await alice.submit("\(AdminPages.path(bob))/activate", [:])
            #expect(alice.page.text.contains("Active again."))
            #expect(try await AdminPages.event(.userActivated, by: admin, site).userID == bob.id)
            await alice.submit("\(AdminPages.path(bob))/activate", [:])
            #expect(alice.page.text.contains("Nothing was changed"))
            _ = try await AdminPages.signIn("bob", site)
        }
    }

    @Test func `ends sessions and API tokens`() async throws {
        try await AdminPages.with { site, alice, admin, bob async throws in
            let browser = try await AdminPages.signIn("bob", site)
            await browser.open("/account")
            await browser.submit("/account/tokens", ["token_name": "x", "scope": "tasks:read", "lifetime": "30"])
            let token = try #require(browser.page.text.firstMatch(of: /lk_\w{46}/)?.0)
            #expect(await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"]).status == .ok)
            await alice.open(AdminPages.path(bob))
            await alice.submit("\(AdminPages.path(bob))/end-sessions", [:])
            #expect(alice.page.text.contains("Signed out everywhere."))
            #expect(await browser.open("/dashboard").text.contains("<h1>Sign in</h1>"))
            #expect(try await AdminPages.event(.sessionsRevoked, by: admin, site).details == #"{"sessions_ended":"1"}"#)
            #expect(await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"]).status == .ok)
            await alice.submit("\(AdminPages.path(bob))/revoke-tokens", [:])
            #expect(alice.page.text.contains("All API tokens are revoked."))
            #expect(await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"]).status == .unauthorized)
            #expect(try await AdminPages.event(.sessionsRevoked, by: admin, site).userID == bob.id)
        }
    }

    @Test func `makes a link for a new password, and shows it once`() async throws {
        try await AdminPages.with { site, alice, admin, bob async throws in
            await alice.open(AdminPages.path(bob))
            await alice.submit("\(AdminPages.path(bob))/reset-link", [:])
            let link = try #require(alice.page.text.firstMatch(of: /http:\/\/tasks\.test(\/reset\/(\w{32}))/))
            #expect(alice.page.headers["cache-control"] == ["no-store"])
            #expect(try await AdminPages.event(.tokenCreated, by: admin, site).userID == bob.id)
            #expect(await !alice.open(AdminPages.path(bob)).text.contains("/reset/"))
            let browser = Browser(site)
            await browser.open(String(link.1))
            await browser.submit("/reset", ["token": String(link.2), "password": "a brand new password"])
            #expect(browser.page.text.contains("Your new password is set."))
            // Nothing sets a password here.
            #expect(!site.site.router.routes.contains { $0.path.hasPrefix("/admin") && $0.path.contains("password") })

            await alice.open(AdminPages.path(bob))
            await alice.submit("\(AdminPages.path(bob))/deactivate", [:])
            await alice.submit("\(AdminPages.path(bob))/reset-link", [:])
            #expect(alice.page.status == .conflict && !alice.page.text.contains("/reset/\(link.2)"))
        }
    }

    @Test func `a lost second factor is removed, and its owner notified`() async throws {
        try await AdminPages.with(hasMail: true) { site, alice, admin, bob async throws in
            let browser = try await AdminPages.signIn("bob", site)
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

            await alice.open(AdminPages.path(bob))
            #expect(alice.page.text.contains("<dt>Second factor</dt><dd>On</dd>"))
            await alice.submit("\(AdminPages.path(bob))/remove-factor", [:])
            #expect(alice.page.text.contains("The second factor is removed."))
            #expect(try await AdminPages.event(.secondFactorRemoved, by: admin, site).userID == bob.id)
            _ = try await AdminPages.signIn("bob", site)
            #expect(await browser.open("/account").text.contains("by an admin"))
            let mails = try await site.services.outbox.mail(in: [.waiting], limit: 9)
            #expect(
                mails.contains { $0.mail.kind == .secondFactorChange && $0.mail.details["act"] == "second-factor-off" })
        }
    }

    @Test func `passkeys and accounts at providers are removed, and their owner notified`() async throws {
        try await AdminPages.with(hasMail: true) { site, alice, admin, bob async throws in
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
            await alice.open(AdminPages.path(bob))
            #expect(alice.page.text.contains("<dt>Passkeys</dt><dd>1</dd>"))
            #expect(alice.page.text.contains("<dt>Providers</dt><dd>github</dd>"))
            for (action, sentence, kind, act) in [
                ("remove-passkeys", "All passkeys are removed.", AuditEvent.Kind.passkeyRemoved, "passkey-removed"),
                ("unlink-providers", "All accounts at providers are unlinked.", .providerUnlinked, "provider-unlinked"),
            ] {
                await alice.submit("\(AdminPages.path(bob))/\(action)", [:])
                #expect(alice.page.status == .ok && alice.page.text.contains(sentence), "\(action)")
                let record = try await AdminPages.event(kind, by: admin, site)
                #expect(record.userID == bob.id && record.details.contains(#""count":"1""#))
                let mails = try await site.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
                #expect(mails.contains { $0.details["act"] == act && $0.address == bob.email })
                await alice.submit("\(AdminPages.path(bob))/\(action)", [:])
                #expect(alice.page.text.contains("Nothing was changed"))
            }
            #expect(alice.page.text.contains("<dt>Passkeys</dt><dd>None</dd>"))
            #expect(alice.page.text.contains("<dt>Providers</dt><dd>None</dd>"))
        }
    }

    @Test func `deletes an account whose address is typed`() async throws {
        try await AdminPages.with { site, alice, admin, bob async throws in
            await alice.open(AdminPages.path(bob))
            await alice.submit("\(AdminPages.path(bob))/delete", ["email": "alice@example.com"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("This is not the address of the account."))
            await alice.submit("\(AdminPages.path(bob))/delete", ["email": " Bob@Example.com "])
            #expect(alice.page.status == .ok && alice.page.text.contains("The account is deleted"))
            #expect(try await AdminPages.event(.userDeleted, by: admin, site).userID == bob.id)
            #expect(await alice.open(AdminPages.path(bob)).status == .notFound)
        }
    }

    @Test func `makes admins, and keeps the last one`() async throws {
        try await AdminPages.with { site, alice, admin, bob async throws in
            await alice.open(AdminPages.path(admin))
            for action in ["revoke-admin", "deactivate"] {
                await alice.submit("\(AdminPages.path(admin))/\(action)", [:])
                #expect(alice.page.status == .conflict)
                #expect(alice.page.text.contains("This is the last admin."))
            }
            await alice.submit("\(AdminPages.path(admin))/delete", ["email": "alice@example.com"])
            #expect(alice.page.status == .conflict)
            await alice.open("/account")
            await alice.submit("/account/delete", [:])
            #expect(alice.page.status == .conflict && alice.page.text.contains("This is the last admin."))

            await alice.open(AdminPages.path(bob))
            await alice.submit("\(AdminPages.path(bob))/make-admin", [:])
            #expect(alice.page.text.contains("Now an admin."))
            #expect(
                try await AdminPages.event(.roleChanged, by: admin, site).details == #"{"from":"user","to":"admin"}"#)
            await alice.open(AdminPages.path(admin))
            #expect(await alice.submit("\(AdminPages.path(admin))/revoke-admin", [:]).status == .notFound)
            #expect(
                try await AdminPages.event(.roleChanged, by: admin, site).details == #"{"from":"admin","to":"user"}"#)
        }
    }

    @Test func `changes require a recent proof`() async throws {
        try await AdminPages.with { site, alice, _, bob async throws in
            site.clock.advance(seconds: RecentProof.lifetimeSeconds + 1)
            for path in ["/admin/mail/retry", "/admin/invitations"] {
                await alice.open("/account")
                #expect(await alice.post(path, [:], token: alice.formToken).status == .forbidden, "\(path)")
            }
            await alice.open(AdminPages.path(bob))
            #expect(!alice.page.text.contains("\(AdminPages.path(bob))/deactivate"))
            await alice.submit("\(AdminPages.path(bob))/deactivate", [:])
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains("<h1>Confirm your password</h1>"))
            #expect(try await site.services.administration(by: .server).user("bob@example.com")?.isActive == true)
            await alice.submit("/admin/confirm", ["next": AdminPages.path(bob), "password": "wrong"])
            #expect(alice.page.status == .forbidden && alice.page.text.contains("This is not your password."))
            await alice.submit("/admin/confirm", ["next": AdminPages.path(bob), "password": "kept-by-lice"])
            #expect(alice.page.status == .ok && alice.page.text.contains("<h1>bob@example.com</h1>"))
            await alice.submit("\(AdminPages.path(bob))/deactivate", [:])
            #expect(alice.page.text.contains("Deactivated."))
            await alice.submit("/admin/confirm", ["next": "//evil.test", "password": "kept-by-lice"])
            #expect(alice.page.text.contains("<h1>Server</h1>"))
        }
    }
}
