import App
import Auth
import Basics
import Crypto
import Domain
import HTTPClient
import HTTPServer
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Storage
import Templating
import TestSupport
import Testing
import Web

/// The whole site on a real database, without a socket in front of it.
struct TestSite: Sendable {
    let site: Site
    let services: Services
    let clock: TestClock
    let origin: String
    /// The sign-in provider of a site that has one.
    let provider: TestProvider

    /// Read once for all sites of a process, as neither changes.
    static let templates = Result { try TemplateLibrary(directory: packageRoot + "/Templates", pages: Site.pages) }
    private static let assets = Result { try StaticFiles(directory: packageRoot + "/Public", reloads: false) }

    var database: any Database { services.database }
    var keys: KeyRing { services.keys }

    static func with(
        origin: String = "http://tasks.test", isHTTPS: Bool = false, trustedOrigins: [String] = [],
        readinessProblem: String? = nil,
        status: ServerStatus? = nil,
        issuers: [TrustedIssuer] = [], hasProvider: Bool = false, allowsPasswords: Bool = true,
        tokenAudiences: [String] = [], fetcher: (any DocumentFetcher)? = nil,
        isDevelopment: Bool = false, hasMail: Bool = false, emailVerification: EmailVerification = .off,
        contact: Contact? = nil,
        signUp: SignUpPolicy = SignUpPolicy(), trustsSharedSecret: Bool = false,
        throttleRules: ThrottleRules = .none, hasher: PasswordHasher? = nil, hasStrictPasswords: Bool = false,
        wrapping wrap: (any Database) -> any Database = { $0 },
        _ work: (TestSite) async throws -> Void
    ) async throws {
        let clock = TestClock(at: .now())
        let provider = try TestProvider { clock.now }
        func change(_ settings: inout ServiceSettings) {
            settings.ownOrigin = { origin }
            settings.isHTTPS = isHTTPS
            settings.signUp = signUp
            settings.issuers = issuers
            settings.providers = hasProvider ? [TestProvider.provider] : []
            settings.allowsPasswordSignIn = allowsPasswords
            settings.trustsSharedSecret = trustsSharedSecret
            settings.sendsMail = hasMail
            settings.emailVerification = emailVerification
            settings.throttleRules = throttleRules
            settings.hasStrictPasswords = hasStrictPasswords
        }
        try await Services.withTest(
            clock: clock, fetcher: fetcher, sender: provider, hasher: hasher, wrapping: wrap, configure: change
        ) { services in
            var report: (@Sendable () async -> ServerStatus)?
            if let status { report = { status } }
            let site = services.site(
                SiteConfiguration(
                    isHTTPS: isHTTPS, ownOrigin: { origin }, isOwnOriginConfigured: true,
                    trustedOrigins: try trustedOrigins.map(OriginPattern.init), tokenAudiences: tokenAudiences,
                    isDevelopment: isDevelopment, hasMail: hasMail, emailVerification: emailVerification,
                    answerCacheSize: 1 << 20, contact: contact),
                templates: try Self.templates.get(), assets: try Self.assets.get(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                readinessProblem: { readinessProblem }, status: report)
            try await work(
                TestSite(site: site, services: services, clock: clock, origin: origin, provider: provider))
        }
    }

    /// The rows of the audit trail, after it was verified.
    func auditRecords() async throws -> [AuditRecord] {
        let seal = try AuditSeal(services.secrets)
        #expect(try await AuditVerification(store: services.auditStore, sealer: seal).run().isGood)
        return try await services.auditStore.first(AuditQuery(limit: 10_000))
    }

    func send(
        _ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders = [:], body: String = "",
        peerAddress: String? = "127.0.0.1"
    ) async -> Response {
        await send(method, uri, headers, bytes: Array(body.utf8), peerAddress: peerAddress)
    }

    func send(
        _ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders = [:], bytes: [UInt8],
        peerAddress: String? = "127.0.0.1"
    ) async -> Response {
        var headers = headers
        if !headers.contains(name: "host") { headers.add(name: "host", value: "tasks.test") }
        let answer = await site.respond(
            to: Request(
                method: method, uri: uri, headers: headers, body: ByteBuffer(bytes: bytes), peerAddress: peerAddress,
                id: "test-1"))
        if BegunSession.isUnmarked(answer, to: headers, at: site.router.match(method, uri).attributes) {
            Issue.record("\(method) \(uri) has begun a session, and is not marked with `signsIn`.")
        }
        return answer
    }

    /// A token as a service that shares the secret issues it.
    func sharedSecretToken(of id: String) throws -> String {
        let payload = #"{"user_id":"\#(id)","exp":\#(clock.now.seconds + 60)}"#
        let body = Base64URL.encode(#"{"alg":"HS256","typ":"JWT"}"#.utf8) + "." + Base64URL.encode(payload.utf8)
        return body + "." + Base64URL.encode(try HMACSHA256(key: Secrets.test.all[0]).code(for: body.utf8))
    }

    /// A program that has signed up.
    func signUp(_ name: String) async throws -> APIClient {
        let response = await send(
            .POST, "/api/auth/signup", ["content-type": "application/json"],
            body: #"{"email":"\#(name)@example.com","password":"kept-by-\#(name.dropFirst())","username":"\#(name)"}"#)
        try #require(response.status == .created)
        return try APIClient(site: self, response)
    }

    /// Another sign-in of the user who signed up as `name`.
    func signIn(_ name: String) async throws -> APIClient {
        let response = await send(
            .POST, "/api/auth/signin", ["content-type": "application/json"],
            body: #"{"email":"\#(name)@example.com","password":"kept-by-\#(name.dropFirst())"}"#)
        try #require(response.status == .ok)
        return try APIClient(site: self, response)
    }

    func makeAdmin(_ client: APIClient) async throws {
        let administration = services.administration(by: .server)
        let user = try #require(try await administration.user(client.userID))
        #expect(try await administration.makeAdmin(user))
    }

    struct Unexpected: Error {}
}

extension APIClient {
    /// - Parameter response: the answer to signing up or in.
    fileprivate init(site: TestSite, _ response: Response) throws {
        let answer = try response.jsonObject()
        guard case .string(let token)? = answer["access_token"], case .object(let user)? = answer["user"],
            case .string(let id)? = user["id"]
        else { throw TestSite.Unexpected() }
        (self.site, self.token, userID) = (site, token, id)
    }
}

/// A client that calls the API with a token.
struct APIClient: Sendable {
    let site: TestSite
    let token: String
    let userID: String

    func send(_ method: HTTPMethod, _ uri: String, _ more: HTTPHeaders = [:], json: String? = nil) async -> Response {
        var headers: HTTPHeaders = ["authorization": "Bearer \(token)"]
        headers.add(contentsOf: more)
        if json != nil { headers.add(name: "content-type", value: "application/json") }
        return await site.send(method, uri, headers, body: json ?? "")
    }

    /// Adds a task and gives its id.
    func addTask(_ title: String, json more: String = "") async throws -> String {
        let response = await send(.POST, "/api/tasks", json: #"{"title":"\#(title)"\#(more)}"#)
        try #require(response.status == .created)
        guard case .string(let id)? = try response.jsonObject()["id"] else { throw TestSite.Unexpected() }
        return id
    }
}

extension Response {
    var text: String { String(decoding: body.readableBytesView, as: UTF8.self) }

    func jsonObject() throws -> JSONObject {
        guard case .object(let object) = try JSONReader.read(body.readableBytesView) else {
            throw TestSite.Unexpected()
        }
        return object
    }

    func jsonArray() throws -> [JSONObject] {
        guard case .array(let elements) = try JSONReader.read(body.readableBytesView) else {
            throw TestSite.Unexpected()
        }
        return try elements.map { element in
            guard case .object(let object) = element else { throw TestSite.Unexpected() }
            return object
        }
    }

    /// The sentence of a problem document.
    var detail: String {
        guard case .string(let text)? = try? jsonObject()["detail"] else { return "" }
        return text
    }
}
