import Basics
import Domain
import Synchronization
import TestSupport
import Testing

@testable import Auth

/// Devices on a real database, with accounts whose passwords can be changed.
@Suite struct KnownDevicesTests {
    private let client = Client(ipAddress: "192.0.2.1", userAgent: "tests")

    /// Signs in as a page does, with what the browser keeps.
    private func signIn(
        _ services: AuditedServices, _ name: String, _ device: String?, password: String? = nil
    ) async throws -> String? {
        let client = Client(ipAddress: "192.0.2.1", userAgent: "tests", device: device)
        let signIn = try await services.auth.signIn(
            email: "\(name)@example.com", password: password ?? "password-of-\(name)", from: client,
            SignInOptions(keepsDevice: true))
        return signIn.deviceCookie
    }

    private func isKnown(_ services: AuditedServices, _ cookie: String?, _ name: String) async throws -> Bool {
        try await services.devices.device(cookie, of: EmailAddress(stored: "\(name)@example.com")) != nil
    }

    @Test func `a browser is known to the accounts that it signed in to, and to no other`() async throws {
        try await AuditedServices.with { services in
            for name in ["alice", "bob"] { try await services.signUp(name) }
            let first = try #require(try await signIn(services, "alice", nil))
            #expect(try await isKnown(services, first, "alice"))
            #expect(try await !isKnown(services, first, "bob"))
            let both = try #require(try await signIn(services, "bob", first))
            #expect(try await isKnown(services, both, "alice"))
            #expect(try await isKnown(services, both, "bob"))
            // The device is known already, so nothing is written and no cookie is set.
            #expect(try await signIn(services, "alice", both) == nil)
            let rows = try await services.database.read {
                try $0.rows("SELECT digest FROM known_devices") { $0.text(0) }
            }
            #expect(rows.count == 2)
            #expect(!rows.contains { both.contains($0) })
        }
    }

    @Test func `a program's sign-in makes no device`() async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            #expect(try await services.signIn("alice").deviceCookie == nil)
            let count = try await services.database.read {
                try $0.row("SELECT COUNT(*) FROM known_devices") { $0.integer(0) }
            }
            #expect(count == 0)
        }
    }

    @Test func `a browser is known to the last five accounts`() async throws {
        try await AuditedServices.with { services in
            var cookie: String?
            for number in 0..<7 {
                try await services.signUp("user\(number)")
                cookie = try await signIn(services, "user\(number)", cookie)
            }
            #expect(cookie?.utf8.count == 5 * 23 - 1)
            for number in 0..<7 {
                #expect(try await isKnown(services, cookie, "user\(number)") == (number > 1), "\(number)")
            }
        }
    }

    @Test func `at most ten devices of an account are known, the latest`() async throws {
        try await AuditedServices.with { services in
            for name in ["alice", "bob"] { try await services.signUp(name) }
            let bobs = try await signIn(services, "bob", nil)
            var cookies: [String?] = []
            for _ in 0..<13 {
                services.clock.advance(seconds: 1)
                cookies.append(try await signIn(services, "alice", nil))
            }
            for (number, cookie) in cookies.enumerated() {
                #expect(try await isKnown(services, cookie, "alice") == (number > 2), "\(number)")
            }
            #expect(try await isKnown(services, bobs, "bob"))
        }
    }

    @Test func `of many devices that sign in at once, ten are known`() async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            let cookies = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<20 { group.addTask { try await signIn(services, "alice", nil) } }
                return try await group.reduce(into: [String?]()) { $0.append($1) }
            }
            var known = 0
            for cookie in cookies where try await isKnown(services, cookie, "alice") { known += 1 }
            #expect(known == 10)
        }
    }

    @Test func `a new password forgets known devices, however it is set`() async throws {
        try await AuditedServices.with { services in
            let up = try await services.signUp("alice")
            let email = EmailAddress(stored: "alice@example.com")
            var password = "password-of-alice"
            func ends(_ change: (_ new: String) async throws -> Void) async throws {
                let cookie = try await signIn(services, "alice", nil, password: password)
                #expect(try await isKnown(services, cookie, "alice"))
                let new = password + "-"
                try await change(new)
                password = new
                #expect(try await !isKnown(services, cookie, "alice"))
                // Nor does it become one of the new password.
                let renewed = try await signIn(services, "alice", cookie, password: password)
                #expect(renewed != nil && renewed?.hasPrefix(cookie ?? "") == false)
            }
            for reset in [SessionReset.none, .others, .all(isRemembered: true)] {
                try await ends { new in
                    let session = try await services.auth.signIn(
                        email: email.text, password: password, from: client
                    ).session
                    _ = try await services.accounts.changePassword(
                        of: up.user, in: session, from: client, current: password, new: new, ending: reset)
                }
            }
            let administration = services.administration(by: .server)
            try await ends { new in _ = try await administration.setPassword(of: up.user, to: new) }
            try await ends { new in
                let token = try await administration.makeResetToken(for: up.user).token
                try await services.resets.reset(token: token, to: new, from: client)
            }
        }
    }

    @Test func `a known device belongs to the account, not to its address`() async throws {
        try await AuditedServices.with { services in
            let up = try await services.signUp("alice")
            let cookie = try await signIn(services, "alice", nil)
            _ = try await services.administration(by: .server).delete(up.user)
            try await services.signUp("alice")
            #expect(try await !isKnown(services, cookie, "alice"))
        }
    }

    @Test func `a device expires on the server too, and is renewed in its second half`() async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            let cookie = try await signIn(services, "alice", nil)
            services.clock.advance(seconds: KnownDevices.lifetimeSeconds / 2 - 1)
            #expect(try await signIn(services, "alice", cookie) == nil)
            services.clock.advance(seconds: 1)
            let renewed = try #require(try await signIn(services, "alice", cookie))
            #expect(try await !isKnown(services, cookie, "alice"))
            services.clock.advance(seconds: KnownDevices.lifetimeSeconds - 1)
            #expect(try await isKnown(services, renewed, "alice"))
            services.clock.advance(seconds: 1)
            #expect(try await !isKnown(services, renewed, "alice"))
        }
    }

    @Test func `forged device cookies, and those of other versions, count for nothing`() async throws {
        try await AuditedServices.with { services in
            try await services.signUp("alice")
            let cookie = try #require(try await signIn(services, "alice", nil))
            let bare = String(repeating: "A", count: 22)
            // The last is what versions before this one made: a name, and a code for each account.
            let made = [
                "", ".", "..", "a.b", bare, bare + ".", bare + "." + bare, String(repeating: bare + ".", count: 99),
            ]
            let spoilt = [cookie.lowercased(), cookie + ".", "x" + cookie, cookie + "é", String(cookie.dropLast())]
            for forged in made + spoilt where forged != cookie {
                #expect(try await !isKnown(services, forged, "alice"), "\(forged)")
                let new = try #require(try await signIn(services, "alice", forged))
                #expect(try await isKnown(services, new, "alice"))
            }
        }
    }
}
