import Auth
import Domain
import HTTPServer
import Mail
import NIOHTTP1
import Storage
import Testing

@Suite struct RequiredVerificationTests {
    private func withSite(
        signUp: SignUpPolicy = SignUpPolicy(), _ work: (TestSite) async throws -> Void
    ) async throws {
        try await TestSite.with(hasMail: true, emailVerification: .required, signUp: signUp, work)
    }

    private func post(_ site: TestSite, _ path: String, _ body: String) async -> Response {
        await site.send(.POST, "/api/auth/" + path, ["content-type": "application/json"], body: body)
    }

    private func signUp(_ site: TestSite, _ email: String, password: String = "kept-by-lice") async -> Response {
        await post(site, "signup", #"{"email":"\#(email)","password":"\#(password)"}"#)
    }

    private func signIn(_ site: TestSite, _ password: String = "kept-by-lice") async -> Response {
        await post(site, "signin", #"{"email":"alice@example.com","password":"\#(password)"}"#)
    }

    private func secret(_ site: TestSite) async throws -> MailSecret {
        let queued = try await site.services.outbox.mail(in: [.waiting], limit: 99)
        let mail = try #require(queued.first { $0.mail.kind == .emailVerification }).mail
        return try #require(try await site.services.verification.secret(in: mail))
    }

    @Test func `signing up answers alike for new and taken addresses, and notifies the owner`() async throws {
        try await withSite { site in
            let new = await signUp(site, "alice@example.com")
            site.clock.advance(seconds: 61)
            let taken = await signUp(site, "ALICE@example.com", password: "another-word-9")
            #expect(new.status == .accepted && taken.status == .accepted)
            #expect(new.text == taken.text && new.detail.hasPrefix("Open the link in the e-mail"))
            #expect(new.headers.map(\.name) == taken.headers.map(\.name))
            #expect(new.headers["set-cookie"].isEmpty)
            let mails = try await site.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
            #expect(mails.map(\.kind) == [.existingAccount, .emailVerification])
            #expect(mails.map(\.address.text) == ["alice@example.com", "alice@example.com"])
            let rows = try await site.database.read { connection in
                try connection.rows("SELECT user_id FROM account_links ORDER BY created_at") { $0.optionalText(0) }
            }
            #expect(rows.count == 2 && rows[0] != nil && rows[1] == nil)
            #expect(try await site.services.accountStore.users(matching: UserQuery(limit: 9)).count == 1)
            // Each sign-up leaves the same number of records.
            let records = try await site.auditRecords()
            #expect(
                records.map(\.event) == ["user_created", "authn_token_created", "user_created", "authn_token_created"])
            #expect(records.map(\.outcome) == ["success", "success", "fail", "success"])
        }
    }

    @Test func `a second sign-up is mailed no code, and the first one's does not verify it`() async throws {
        try await withSite { site in
            #expect(await signUp(site, "alice@example.com", password: "the-strangers-9").status == .accepted)
            let firstSecret = try await secret(site)
            site.clock.advance(seconds: 600)
            let alice = Browser(site)
            await alice.open("/signup")
            await alice.submit("/signup", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(alice.page.text.contains("Check your e-mail"))
            let ticket = try #require(alice.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)?.1)
            site.clock.advance(seconds: 61)
            await alice.submit("/verification/mail", ["ticket": String(ticket)])
            #expect(alice.page.status == .ok && alice.page.text.contains("Another e-mail is on its way"))
            let mails = try await site.services.outbox.mail(in: MailState.allCases, limit: 9).map(\.mail.kind)
            #expect(mails == [.existingAccount, .existingAccount, .emailVerification])
            await alice.submit("/verification", ["ticket": String(ticket), "code": firstSecret.code])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(await signIn(site, "the-strangers-9").detail == "Email not verified")
        }
    }

    @Test func `no sign-in before the address is verified, and only the right password reveals that`() async throws {
        try await withSite { site in
            #expect(await signUp(site, "alice@example.com").status == .accepted)
            let wrong = await signIn(site, "not it at all")
            #expect(wrong.status == .unauthorized && wrong.detail == "Invalid credentials")
            let right = await signIn(site)
            #expect(right.status == .forbidden && right.detail == "Email not verified")
            let client = await post(
                site, "sign-in/email", #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
            #expect(client.status == .forbidden)
            #expect(client.text == #"{"message":"Email not verified","code":"EMAIL_NOT_VERIFIED"}"#)
            #expect(client.headers["set-cookie"].isEmpty)
            let token = try await secret(site).token
            let reader = Browser(site)
            await reader.open("/verify/\(token)")
            await reader.submit("/verify", ["token": token, "next": ""])
            #expect(reader.page.text.contains("is confirmed."))
            #expect(await signIn(site).status == .ok)
        }
    }

    @Test func `Better Auth's client gets a user without a token, for new and taken addresses`() async throws {
        try await withSite { site in
            let body = #"{"name":"Alice","email":"alice@example.com","password":"kept-by-lice"}"#
            let (new, taken) = (await post(site, "sign-up/email", body), await post(site, "sign-up/email", body))
            for answer in [new, taken] {
                #expect(answer.status == .ok && answer.text.hasPrefix(#"{"token":null,"user":{"name":"Alice","#))
                #expect(answer.headers["set-cookie"].isEmpty && answer.headers["set-auth-token"].isEmpty)
            }
            #expect(new.headers.map(\.name) == taken.headers.map(\.name))
            let ids = try [new, taken].map { answer -> String in
                String(try #require(answer.text.firstMatch(of: /"id":"([^"]+)"/)).1)
            }
            #expect(ids[0] != ids[1] && ids[0].count == ids[1].count)
        }
    }

    @Test func `a picture from signing up is not shown before the address is verified`() async throws {
        try await withSite { site in
            let png =
                "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
            let body = #"{"name":"Alice","email":"alice@example.com","password":"kept-by-lice","image":"\#(png)"}"#
            let new = await post(site, "sign-up/email", body)
            #expect(new.status == .ok)
            let path = String(try #require(new.text.firstMatch(of: /"(\/pictures\/[0-9a-f]+)"/)).1)
            // As for a taken address, whose owner's picture stays as it is.
            #expect(await site.send(.GET, path).status == .notFound)
            let token = try await secret(site).token
            let reader = Browser(site)
            await reader.open("/verify/\(token)")
            await reader.submit("/verify", ["token": token, "next": ""])
            #expect(reader.page.status == .ok)
            #expect(await site.send(.GET, path).status == .ok)
        }
    }

    @Test func `on the pages the code signs in the browser that gave the password`() async throws {
        try await withSite { site in
            let alice = Browser(site)
            await alice.open("/signup")
            await alice.submit(
                "/signup", ["email": "alice@example.com", "password": "kept-by-lice", "nickname": "Alice"])
            #expect(
                alice.page.status == .ok && alice.page.text.contains("An e-mail is on its way to alice@example.com."))
            let ticket = String(try #require(alice.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)).1)
            await alice.submit("/verification", ["ticket": ticket, "code": "0000 0001"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("This code is wrong"))
            let code = try await secret(site).code
            let thief = Browser(site)
            await thief.open("/login")
            await thief.submit("/verification", ["ticket": ticket, "code": code])
            #expect(thief.page.status == .forbidden)
            await alice.submit("/verification", ["ticket": ticket, "code": code])
            #expect(alice.page.status == .ok && alice.page.text.contains("Alice"))
            #expect(alice.cookies["better-auth.session_token"] != nil)
        }
    }

    @Test func `the page of a taken address looks the same, and no code signs in`() async throws {
        try await withSite { site in
            #expect(await signUp(site, "alice@example.com").status == .accepted)
            let code = try await secret(site).code
            let other = Browser(site)
            await other.open("/signup")
            await other.submit(
                "/signup", ["email": "alice@example.com", "password": "another-word-9", "nickname": ""])
            #expect(
                other.page.status == .ok && other.page.text.contains("An e-mail is on its way to alice@example.com."))
            let ticket = String(try #require(other.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)).1)
            // Even the right code, as the password of this browser is not the account's.
            await other.submit("/verification", ["ticket": ticket, "code": code])
            #expect(other.page.status == .unprocessableEntity)
            #expect(other.cookies["better-auth.session_token"] == nil)
        }
    }

    @Test func `a sign-in on the pages asks for the code, and mails it again at most once a minute`() async throws {
        try await withSite { site in
            #expect(await signUp(site, "alice@example.com").status == .accepted)
            site.clock.advance(seconds: 61)
            let alice = Browser(site)
            await alice.open("/login")
            await alice.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(alice.page.status == .ok && alice.page.text.contains("Check your e-mail"))
            let ticket = String(try #require(alice.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)).1)
            await alice.submit("/verification/mail", ["ticket": ticket])
            #expect(alice.page.status == .ok && alice.page.text.contains("Another e-mail is on its way"))
            let states = try await site.services.outbox.mail(in: MailState.allCases, limit: 9).map(\.state)
            #expect(states == [.limited, .waiting, .obsolete])
            await alice.submit("/verification", ["ticket": ticket, "code": try await secret(site).code])
            #expect(alice.cookies["better-auth.session_token"] != nil)
        }
    }

    @Test func `the offer to type a code ends after an hour`() async throws {
        try await withSite { site in
            #expect(await signUp(site, "alice@example.com").status == .accepted)
            let alice = Browser(site)
            await alice.open("/login")
            await alice.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            let ticket = String(try #require(alice.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)).1)
            site.clock.advance(seconds: 3601)
            for form in ["/verification", "/verification/mail"] {
                let late = await alice.post(form, ["ticket": ticket, "code": "0000 0000"], token: alice.formToken)
                #expect(late.status == .forbidden && late.text.contains("Sign in again."))
            }
        }
    }

    @Test func `older accounts verify at their next sign-in, and are let in while no mail can be sent`() async throws {
        try await withSite { site in
            _ = try await site.services.administration(by: .server).create(
                email: "alice@example.com", username: nil, password: "kept-by-lice")
            #expect(await signIn(site).status == .forbidden)
            #expect(site.services.mailHealth.hold(because: "down", at: site.clock.now))
            #expect(await signIn(site).status == .ok)
            // An account made since the rule began is not.
            #expect(await signUp(site, "bob@example.com").status == .accepted)
            let bob = await post(site, "signin", #"{"email":"bob@example.com","password":"kept-by-lice"}"#)
            #expect(bob.status == .forbidden)
        }
    }

    @Test func `the operator can verify an address without a mail`() async throws {
        try await withSite { site in
            #expect(await signUp(site, "alice@example.com").status == .accepted)
            let administration = site.services.administration(by: .server)
            let user = try #require(try await administration.user("alice@example.com"))
            #expect(try await administration.verify(user))
            #expect(await signIn(site).status == .ok)
        }
    }

    @Test func `an invitation is used up whether the address is taken or not`() async throws {
        try await withSite(signUp: SignUpPolicy(.invited)) { site in
            _ = try await site.services.administration(by: .server).create(
                email: "alice@example.com", username: nil, password: "kept-by-lice")
            for email in ["alice@example.com", "bob@example.com"] {
                let token = try await site.services.invitations.create(for: nil, uses: 1, by: .server).token
                let body = #"{"email":"\#(email)","password":"kept-by-lice","invitation":"\#(token)"}"#
                #expect(await post(site, "signup", body).status == .accepted)
                #expect(await post(site, "signup", body).status == .forbidden, "\(email)")
            }
        }
    }
}
