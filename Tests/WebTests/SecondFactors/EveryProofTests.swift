import App
import Auth
import Basics
import Domain
import HTTPServer
import NIOHTTP1
import Storage
import TestSupport
import Testing
import Web

/// Links and codes that are mailed to the owner of an account, or printed, prove something; for an account that has a
/// second factor they sign no one in, and leave the factor on.
@Suite struct EveryProofTests {
    /// Sends a valid proof to a route.
    private typealias Proof = @Sendable (TestSite, Owner) async throws -> Response

    private struct Owner: Sendable {
        let user: User
        let session: Session
        let app: Authenticator
        let recoveryCodes: [String]
    }

    private static let client = Client(ipAddress: "127.0.0.1", userAgent: "tests")
    private static let new = "wool-and-sky-9"
    private static let withoutMail: Set = ["POST /forgot/recovery-codes"]

    private static let proofs: [String: Proof] = [
        "GET /reset/{token}": { site, owner in
            await Browser(site).open("/reset/\(try await reset(site, owner).token)")
        },
        "POST /reset": { site, owner in
            await submit(site, "/reset", ["token": try await reset(site, owner).token, "password": new])
        },
        "POST /forgot/code": { site, owner in
            let code = try await reset(site, owner).code
            return await submit(site, "/forgot/code", ["email": owner.user.email.text, "code": code, "password": new])
        },
        "GET /api/auth/reset-password/{token}": { site, owner in
            let token = try await reset(site, owner).token
            return await site.send(.GET, "/api/auth/reset-password/\(token)?callbackURL=/set")
        },
        "POST /api/auth/reset-password": { site, owner in
            let token = try await reset(site, owner).token
            return await post(site, "reset-password", #"{"newPassword":"\#(new)","token":"\#(token)"}"#)
        },
        "POST /api/auth/email-otp/reset-password": { site, owner in
            let code = try await reset(site, owner).code
            return await post(
                site, "email-otp/reset-password",
                #"{"email":"alice@example.com","otp":"\#(code)","password":"\#(new)"}"#)
        },
        "GET /verify/{token}": { site, owner in
            await Browser(site).open("/verify/\(try await verification(site, owner).token)")
        },
        "POST /verify": { site, owner in
            await submit(site, "/verify", ["token": try await verification(site, owner).token, "next": ""])
        },
        "POST /api/auth/email-otp/verify-email": { site, owner in
            let code = try await verification(site, owner).code
            return await post(site, "email-otp/verify-email", #"{"email":"alice@example.com","otp":"\#(code)"}"#)
        },
        "GET /change-email/{token}": { site, owner in
            await Browser(site).open("/change-email/\(try await emailChange(site, owner).token)")
        },
        "POST /change-email": { site, owner in
            await submit(site, "/change-email", ["token": try await emailChange(site, owner).token, "next": ""])
        },
        "GET /delete-account/{token}": { site, owner in
            await Browser(site).open("/delete-account/\(try await deletion(site, owner).token)")
        },
        "POST /delete-account": { site, owner in
            await submit(site, "/delete-account", ["token": try await deletion(site, owner).token, "next": ""])
        },
        "GET /recover/{token}": { site, owner in
            await Browser(site).open("/recover/\(try await recovery(site, owner).token)")
        },
        "POST /recover": { site, owner in
            await submit(site, "/recover", ["token": try await recovery(site, owner).token, "password": new])
        },
        "POST /forgot/recovery-codes": { site, owner in
            await submit(
                site, "/forgot/recovery-codes",
                [
                    "email": owner.user.email.text, "first_code": owner.recoveryCodes[0],
                    "second_code": owner.recoveryCodes[1],
                    "app_code": try owner.app.code(at: site.clock.now), "password": new,
                ])
        },
    ]

    /// Public routes that accept no proof. They end something, ask for an e-mail, or redirect.
    private static let others: Set = [
        "POST /api/auth/passkey/options", "POST /api/auth/sign-out", "POST /api/auth/get-session",
        "POST /api/auth/sign-in/social", "POST /api/auth/request-password-reset",
        "POST /api/auth/send-verification-email", "POST /api/auth/email-otp/send-verification-otp",
        "POST /api/auth/email-otp/request-password-reset", "GET /unsubscribe/{user_id}/{token}",
        "POST /unsubscribe/{user_id}/{token}", "POST /logout", "POST /login/providers/{provider}", "POST /forgot",
    ]

    /// Better Auth's routes that look up the session themselves, and accept no other proof.
    private static let wantingSession = Set(
        [
            "change-email", "change-password", "delete-user", "email-otp/change-email",
            "email-otp/request-email-change",
            "link-social", "passkey/delete-passkey", "passkey/update-passkey", "passkey/verify-registration",
            "revoke-other-sessions", "revoke-session", "revoke-sessions", "two-factor/disable", "two-factor/enable",
            "two-factor/generate-backup-codes", "two-factor/get-totp-uri", "unlink-account", "update-session",
            "update-user", "verify-password",
        ].map { "POST /api/auth/" + $0 })

    @Test func `every public route that could accept a proof is tried`() async throws {
        try await TestSite.with(hasProvider: true, hasMail: true) { site in
            let inner: [any Any.Type] = [
                SignedInContext.self, SessionContext.self, SignedInPageContext.self, AdminContext.self,
                AdminAPIContext.self,
            ]
            let routes = site.site.router.routes.filter { route in
                !route.attributes.signsIn && (route.method == .POST || route.path.contains("{token}"))
                    && !inner.contains { route.requires($0) }
            }
            #expect(
                Set(routes.map { "\($0.method.rawValue) \($0.path)" })
                    == Set(Self.proofs.keys).union(Self.others).union(Self.wantingSession))
        }
    }

    @Test(arguments: proofs.keys.sorted())
    func `no proof signs in, and the second factor stays on`(route: String) async throws {
        let proof = try #require(Self.proofs[route])
        let hasMail = !Self.withoutMail.contains(route)
        try await TestSite.with(hasMail: hasMail, emailVerification: hasMail ? .optional : .off) { site in
            let owner = try await Self.setUp(site)
            let before = try await Self.sessions(site)
            let answer = try await proof(site, owner)
            #expect(answer.status.code < 400, "\(answer.status) \(answer.text)")
            #expect(!BegunSession.isIn(answer), "\(answer.headers)")
            #expect(try await Self.sessions(site).isSubset(of: before))
            let after = try #require(try await site.services.accountStore.user(owner.user.id))
            #expect(after.hasSecondFactor)
        }
    }

    // MARK: Helpers

    private static func setUp(_ site: TestSite) async throws -> Owner {
        let services = site.services
        let user = try await services.administration(by: .server).create(
            email: "alice@example.com", username: "alice", password: "kept-by-lice")
        try await site.database.write { _ = try $0.execute("UPDATE users SET email_verified = \(true)") }
        let signIn = try await services.auth.signIn(email: "alice@example.com", password: "kept-by-lice", from: client)
        let (app, codes) = try await services.turnOnSecondFactor(
            for: signIn.user, in: signIn.session, from: client, at: site.clock.now)
        site.clock.advance(seconds: 61)
        let now = try #require(try await services.accountStore.user(user.id))
        return Owner(user: now, session: signIn.session, app: app, recoveryCodes: codes)
    }

    private static func sessions(_ site: TestSite) async throws -> Set<String> {
        Set(try await site.database.read { try $0.rows("SELECT id FROM sessions") { $0.text(0) } })
    }

    private static func post(_ site: TestSite, _ path: String, _ body: String) async -> Response {
        await site.send(.POST, "/api/auth/" + path, ["content-type": "application/json"], body: body)
    }

    private static func submit(_ site: TestSite, _ path: String, _ fields: [String: String]) async -> Response {
        let browser = Browser(site)
        await browser.open("/login")
        return await browser.post(path, pairs: fields.map { ($0.key, $0.value) }, token: browser.formToken)
    }

    private static func reset(_ site: TestSite, _ owner: Owner) async throws -> MailSecret {
        try await site.services.resets.request(email: owner.user.email.text, from: client)
        return try await site.services.mailedSecret(.passwordReset)
    }

    private static func verification(_ site: TestSite, _ owner: Owner) async throws -> MailSecret {
        try await site.database.write { _ = try $0.execute("UPDATE users SET email_verified = \(false)") }
        try await site.services.verification.request(owner.user.email, from: client)
        return try await site.services.mailedSecret(.emailVerification)
    }

    private static func emailChange(_ site: TestSite, _ owner: Owner) async throws -> MailSecret {
        _ = try await site.services.emailChanges.request(
            "ada@example.org", for: owner.user, in: owner.session, proving: nil, from: client)
        return try await site.services.mailedSecret(.emailChange)
    }

    private static func deletion(_ site: TestSite, _ owner: Owner) async throws -> MailSecret {
        try await site.services.deletions.mailLink(to: owner.user, from: client)
        return try await site.services.mailedSecret(.accountDeletion)
    }

    /// The link of a notice about a change after the second factor was turned on.
    private static func recovery(_ site: TestSite, _ owner: Owner) async throws -> MailSecret {
        _ = try await site.services.accounts.changePassword(
            of: owner.user, in: owner.session, from: client, current: "kept-by-lice", new: "another-one-9-9",
            ending: .none)
        return try await site.services.mailedSecret(.passwordChange)
    }
}
