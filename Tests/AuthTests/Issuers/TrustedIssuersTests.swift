import Basics
import Domain
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import Auth
@testable import Storage

@Suite struct TrustedIssuersTests {
    /// The documents of other services by address; other addresses are 404.
    private final class Web: DocumentFetcher {
        private let documents = Mutex<[String: String]>([:])
        private let hanging = Mutex<(prefixes: [String], waiting: [CheckedContinuation<[UInt8], any Error>])>(([], []))
        private let asked = Mutex<[String]>([])

        subscript(url: String) -> String? {
            get { documents.withLock { $0[url] } }
            set { documents.withLock { $0[url] = newValue } }
        }

        var requests: [String] { asked.withLock { $0 } }

        func hangs(at prefix: String) { hanging.withLock { $0.prefixes.append(prefix) } }

        func ends() {
            for waiting in hanging.withLock({ state in state.waiting }) {
                waiting.resume(throwing: FetchError("It hung."))
            }
        }

        func fetch(_ url: String) async throws -> [UInt8] {
            asked.withLock { $0.append(url) }
            if hanging.withLock({ $0.prefixes.contains { url.hasPrefix($0) } }) {
                return try await withCheckedThrowingContinuation { waiting in
                    hanging.withLock { $0.waiting.append(waiting) }
                }
            }
            guard let text = self[url] else { throw FetchError("\(url) answered 404.", isMissingDocument: true) }
            return Array(text.utf8)
        }
    }

    private struct Setup {
        let web = Web()
        let reports = Reports()
        let store: SQLAccountStore
        let ids = UUIDv7Generator()

        func trusting(_ issuers: [TrustedIssuer], signUp: SignUpPolicy = SignUpPolicy()) -> TrustedIssuers {
            TrustedIssuers(
                issuers, fetcher: web, store: store, signUp: signUp, ids: ids,
                report: { [reports] report in reports.all.withLock { $0.append(report) } })
        }

        func trusting(_ addresses: String...) -> TrustedIssuers {
            trusting(addresses.map { TrustedIssuer(address: $0) })
        }
    }

    private final class Reports: Sendable {
        let all = Mutex<[TrustedIssuers.Report]>([])
        func kinds() -> [TrustedIssuers.Report.Kind] { all.withLock { $0.map(\.kind) } }
    }

    private func with(_ work: (Setup) async throws -> Void) async throws {
        try await TestDatabase.with { try await work(Setup(store: SQLAccountStore($0))) }
    }

    private static let (a, b) = ("https://a.example", "https://b.example:8443")

    @Test func `a token makes an account only where sign-up is open to its address`() async throws {
        try await with { setup in
            let issuer = try TestIssuer(Self.a)
            setup.web["\(Self.a)/.well-known/jwks.json"] = try issuer.keySet()
            let other = try #require(EmailDomain("*.example.com"))
            let own = try #require(EmailDomain("example.com"))
            func trusting(_ policy: SignUpPolicy) -> TrustedIssuers {
                setup.trusting([TrustedIssuer(address: Self.a)], signUp: policy)
            }
            let person = try #require(
                try await trusting(SignUpPolicy(domains: [own])).opens(issuer.token("person")))
            for policy in [
                SignUpPolicy(.invited), SignUpPolicy(.closed), SignUpPolicy(.invited, domains: [own]),
                SignUpPolicy(.open, domains: [other]),
            ] {
                let issuers = trusting(policy)
                // The refusal is the same whether an account has the address or not.
                _ = try? await setup.store.insert(
                    User(
                        id: UserID(rawValue: "taken"), email: EmailAddress(stored: "taken@example.com"), username: nil,
                        isActive: true, createdAt: TestIssuer.now, updatedAt: TestIssuer.now), passwordHash: "x",
                    recording: nil)
                var sentences: Set<String> = []
                for name in ["taken", "free"] {
                    do {
                        _ = try await issuers.opens(issuer.token(name))
                        Issue.record("\(name) got in.")
                    } catch AppError.unauthenticated(let sentence) { sentences.insert(sentence) }
                }
                #expect(sentences.count == 1 && sentences.first?.contains("no account here") == true)
                // Existing accounts go on.
                #expect(try await issuers.opens(issuer.token("person")) == person)
            }
        }
    }

    @Test func `an account with a second factor accepts only issuers that require one`() async throws {
        try await with { setup in
            let issuer = try TestIssuer(Self.a)
            setup.web["\(Self.a)/.well-known/jwks.json"] = try issuer.keySet()
            var asking = TrustedIssuer(address: Self.a)
            asking.asksForSecondFactor = true
            let id = try #require(try await setup.trusting([asking]).opens(issuer.token("person")))
            let user = UserID(rawValue: id)
            try await setup.store.database.write { connection in
                _ = try connection.execute("UPDATE users SET has_second_factor = \(true) WHERE id = \(id)")
            }
            #expect(try await setup.store.user(user)?.hasSecondFactor == true)
            #expect(try await setup.trusting([asking]).opens(issuer.token("person")) == id)
            await #expect(throws: AppError.secondFactorUnproved) {
                try await setup.trusting([TrustedIssuer(address: Self.a)]).opens(issuer.token("person"))
            }
        }
    }

    @Test func `an issuer that copies another's key takes over no account`() async throws {
        for order in [[Self.a, Self.b], [Self.b, Self.a]] {
            try await with { setup in
                let (honest, copier) = (try TestIssuer(Self.a), try TestIssuer(Self.b, kid: "own"))
                setup.web["\(Self.a)/.well-known/jwks.json"] = try honest.keySet()
                setup.web["\(Self.b)/.well-known/jwks.json"] = try copier.keySet()
                let issuers = setup.trusting(order.map { TrustedIssuer(address: $0) })
                let person = try #require(try await issuers.opens(honest.token("person")))

                // The same key, under its own name and under another.
                for kid in ["k", "another"] {
                    setup.web["\(Self.b)/.well-known/jwks.json"] = try copier.keySet(and: honest.jwk(kid: kid))
                    let later = TestIssuer.now.adding(seconds: 100)
                    let fresh = setup.trusting(order.map { TrustedIssuer(address: $0) })
                    var borrowed = honest
                    borrowed.kid = kid
                    // A key that two issuers publish is refused for both, and no account changes hands.
                    #expect(try await fresh.opens(honest.token("person"), at: later) == nil)
                    #expect(try await fresh.opens(borrowed.token("person", issuer: Self.b), at: later) == nil)
                    #expect(setup.reports.kinds().contains(.sharedKey))
                    // The copier's own key is its own.
                    #expect(try await fresh.opens(copier.token("other-\(kid)"), at: later) != person)
                }
            }
        }
    }

    @Test func `one key id at two issuers names two keys`() async throws {
        try await with { setup in
            let (first, second) = (try TestIssuer(Self.a, kid: "same"), try TestIssuer(Self.b, kid: "same"))
            setup.web["\(Self.a)/.well-known/jwks.json"] = try first.keySet()
            setup.web["\(Self.b)/.well-known/jwks.json"] = try second.keySet()
            let issuers = setup.trusting(Self.a, Self.b)
            let one = try await issuers.opens(first.token("one"))
            let two = try await issuers.opens(second.token("two"))
            #expect(one != nil && two != nil && one != two)
            // Signed by one issuer, with the name of the other.
            #expect(try await issuers.opens(first.token("two", issuer: Self.b)) == nil)
            #expect(try await issuers.opens(second.token("one", issuer: Self.a)) == nil)
        }
    }

    @Test(arguments: [
        "https://a.example/", "https://A.example", "HTTPS://a.example", "https://a.example:443", "http://a.example",
        "https://a.example.", "https://a.example/api", "https://a.example?", "https://a.example#", " https://a.example",
        "https://a.example\n", "https://a.example%2f", "https://a\u{200B}.example", "https://b.example", "",
        "a.example",
    ])
    func `another spelling of an issuer is another issuer`(text: String) async throws {
        try await with { setup in
            let issuer = try TestIssuer(Self.a)
            setup.web["\(Self.a)/.well-known/jwks.json"] = try issuer.keySet()
            for issuers in [setup.trusting(Self.a), setup.trusting(Self.a, Self.b)] {
                #expect(try await issuers.opens(issuer.token("person")) != nil)
                #expect(try await issuers.opens(issuer.token("person", issuer: text)) == nil)
            }
        }
    }

    @Test func `a token without an issuer is accepted where only one is configured`() async throws {
        try await with { setup in
            let issuer = try TestIssuer(Self.a)
            for path in ["/.well-known/jwks.json", "/keys/jwks.json"] { setup.web[Self.a + path] = try issuer.keySet() }
            setup.web["\(Self.b)/.well-known/jwks.json"] = #"{"keys":[]}"#
            let token = try issuer.token("person", issuer: nil)
            #expect(try await setup.trusting(Self.a).opens(token) != nil)
            #expect(try await setup.trusting(Self.a, Self.b).opens(token) == nil)
            // For a single issuer, the JWK Set's URL may be the only setting.
            let byKeys = setup.trusting("\(Self.a)/keys/jwks.json")
            for text in [nil, Self.a, "anything"] {
                #expect(try await byKeys.opens(issuer.token("other", issuer: text)) != nil)
            }
            // A token of an issuer with a configured name must have iss.
            var named = TrustedIssuer(address: Self.a)
            named.allowsMissingIssuer = false
            #expect(try await setup.trusting([named]).opens(token) == nil)
        }
    }

    @Test func `a trailing slash in the discovery document's issuer makes no second account`() async throws {
        try await with { setup in
            let issuer = try TestIssuer("\(Self.a)/")
            setup.web["\(Self.a)/.well-known/jwks.json"] = try issuer.keySet()
            let plain = try #require(try await setup.trusting(Self.a).opens(issuer.token("person", issuer: Self.a)))
            setup.web["\(Self.a)/.well-known/openid-configuration"] = #"{"issuer":"\#(Self.a)/"}"#
            let issuers = setup.trusting(Self.a, Self.b)
            #expect(try await issuers.opens(issuer.token("person")) == plain)
            #expect(try await issuers.opens(issuer.token("person", issuer: Self.a)) == plain)
            #expect(try await issuers.opens(issuer.token("person", issuer: "\(Self.a)//")) == nil)
            // Configured with the slash it is the same account again, and so it is as a record with both.
            #expect(try await setup.trusting("\(Self.a)/", Self.b).opens(issuer.token("person")) == plain)
            let record = TrustedIssuer(
                issuer: "\(Self.a)/", audience: nil, keySetURL: "\(Self.a)/.well-known/jwks.json", namespace: nil)
            #expect(try await setup.trusting([record]).opens(issuer.token("person")) == plain)
            #expect(try await setup.trusting([record]).opens(issuer.token("person", issuer: Self.a)) == nil)
        }
    }

    @Test func `keys are fetched from the URL in the discovery document`() async throws {
        try await with { setup in
            let issuer = try TestIssuer("https://login.example/realms/tasks")
            setup.web["\(Self.a)/.well-known/openid-configuration"] =
                #"{"issuer":"https://login.example/realms/tasks","jwks_uri":"\#(Self.a)/protocol/certs"}"#
            setup.web["\(Self.a)/protocol/certs"] = try issuer.keySet()
            #expect(try await setup.trusting(Self.a, Self.b).opens(issuer.token("person")) != nil)

            // But not at another host: a redirect would not be followed either.
            setup.web["\(Self.b)/.well-known/openid-configuration"] =
                #"{"issuer":"\#(Self.b)","jwks_uri":"https://keys.example/jwks"}"#
            let other = try TestIssuer(Self.b)
            setup.web["https://keys.example/jwks"] = try other.keySet()
            #expect(try await setup.trusting(Self.b).opens(other.token("other")) == nil)
            #expect(!setup.web.requests.contains("https://keys.example/jwks"))
            #expect(setup.reports.all.withLock { $0.contains { $0.cause.contains("another host") } })
        }
    }

    @Test func `a discovery document cannot claim another service's issuer`() async throws {
        try await with { setup in
            let (honest, liar) = (try TestIssuer(Self.a), try TestIssuer(Self.b, kid: "liar"))
            setup.web["\(Self.a)/.well-known/jwks.json"] = try honest.keySet()
            setup.web["\(Self.b)/.well-known/jwks.json"] = try liar.keySet()
            for claimed in [Self.a, "\(Self.a)/"] {
                setup.web["\(Self.b)/.well-known/openid-configuration"] = #"{"issuer":"\#(claimed)"}"#
                let issuers = setup.trusting(Self.b, Self.a)
                #expect(try await issuers.opens(liar.token("person", issuer: "https://unknown.example")) == nil)
                #expect(try await issuers.opens(liar.token("person", issuer: claimed)) == nil)
                #expect(try await issuers.opens(honest.token("person")) != nil)
            }
            // A name that is in two documents belongs to neither.
            for address in [Self.a, Self.b] {
                setup.web["\(address)/.well-known/openid-configuration"] = #"{"issuer":"https://common.example"}"#
            }
            let issuers = setup.trusting(Self.b, Self.a)
            _ = try await issuers.opens(liar.token("person", issuer: "https://unknown.example"))
            #expect(try await issuers.opens(liar.token("person", issuer: "https://common.example")) == nil)
            #expect(try await issuers.opens(honest.token("person", issuer: "https://common.example")) == nil)
        }
    }

    @Test func `each issuer has its own audience`() async throws {
        try await with { setup in
            let (first, second) = (try TestIssuer(Self.a), try TestIssuer(Self.b))
            setup.web["\(Self.a)/jwks"] = try first.keySet()
            setup.web["\(Self.b)/jwks"] = try second.keySet()
            let issuers = setup.trusting([
                TrustedIssuer(issuer: Self.a, audience: "tasks", keySetURL: "\(Self.a)/jwks", namespace: nil),
                TrustedIssuer(issuer: Self.b, audience: nil, keySetURL: "\(Self.b)/jwks", namespace: nil),
            ])
            #expect(try await issuers.opens(first.token("person", issuer: Self.a, audience: "tasks")) != nil)
            #expect(try await issuers.opens(first.token("person", issuer: Self.a, audience: "Tasks")) == nil)
            #expect(try await issuers.opens(second.token("other", issuer: Self.b, audience: "anything")) != nil)
        }
    }

    @Test func `an issuer that hangs delays no other, not even its first token`() async throws {
        try await with { setup in
            let patient = try TestIssuer(Self.b)
            setup.web["\(Self.b)/.well-known/jwks.json"] = try patient.keySet()
            setup.web["\(Self.b)/.well-known/openid-configuration"] = #"{"issuer":"\#(Self.b)/"}"#
            setup.web.hangs(at: Self.a)
            defer { setup.web.ends() }
            let issuers = setup.trusting(Self.a, Self.b)
            // If one of these waited for the other service, it would wait forever.
            #expect(try await issuers.opens(patient.token("person")) != nil)
            #expect(try await issuers.opens(patient.token("person", issuer: "\(Self.b)/")) != nil)
            let unknown = try TestIssuer(Self.b, kid: "unknown").token("person")
            #expect(try await issuers.opens(unknown) == nil)
        }
    }

    @Test func `a failure is logged with its reason, once a minute for each issuer`() async throws {
        try await with { setup in
            let issuers = setup.trusting(Self.a, Self.b)
            let (first, second) = (try TestIssuer(Self.a), try TestIssuer(Self.b))
            var time = TestIssuer.now
            for _ in 0..<6 {
                for issuer in [first, second] {
                    #expect(try await issuers.opens(issuer.token("person"), at: time) == nil)
                }
                time = time.adding(seconds: 31)
            }
            let told = setup.reports.all.withLock { $0 }
            #expect(told.filter { $0.issuer == Self.a }.count == 3)
            #expect(told.filter { $0.issuer == Self.b }.count == 3)
            #expect(told.allSatisfy { $0.kind == .keysNotFetched && $0.cause.contains("answered 404") })
            #expect(try await issuers.opens(first.token("person", issuer: "https://c.example"), at: time) == nil)
            #expect(setup.reports.kinds().last == .unknownIssuer)
        }
    }
}
