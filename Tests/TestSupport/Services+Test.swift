import App
import Auth
import Crypto
import HTTPClient
import Logging
import Storage

extension Secrets {
    package static let test = Secrets(current: Array("a-secret-of-more-than-thirty-two-bytes".utf8))
}

extension Services {
    /// Runs `work` with the services on a new, empty database.
    /// - Parameter wrap: makes the database that the services see of the real one.
    package static func withTest(
        _ secrets: Secrets = .test, clock: TestClock = TestClock(), fetcher: (any DocumentFetcher)? = nil,
        sender: (any RequestSender)? = nil, hasher: PasswordHasher? = nil,
        wrapping wrap: (any Database) -> any Database = { $0 },
        configure: (inout ServiceSettings) -> Void = { _ in },
        _ work: (Services) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let services = try test(
                on: wrap(database), secrets, clock: clock, fetcher: fetcher, sender: sender, hasher: hasher,
                configure: configure)
            defer { services.hasher.shutDown() }
            try await work(services)
        }
    }

    /// The services on a database that the caller closes. The caller also shuts down `hasher`.
    package static func test(
        on database: any Database, _ secrets: Secrets = .test, clock: TestClock = TestClock(),
        fetcher: (any DocumentFetcher)? = nil, sender: (any RequestSender)? = nil, hasher: PasswordHasher? = nil,
        configure: (inout ServiceSettings) -> Void = { _ in }
    ) throws -> Services {
        var settings = ServiceSettings()
        settings.sharesThrottles = TestDatabase.isPostgres
        settings.ownOrigin = { "http://tasks.test" }
        configure(&settings)
        return try Services(
            database, secrets, settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            clocks: clock.clocks, fetcher: fetcher ?? NoFetcher(), sender: sender ?? NoFetcher(), hasher: hasher)
    }
}

/// For services without trusted issuers and sign-in providers.
private struct NoFetcher: DocumentFetcher, RequestSender {
    struct Unexpected: Error {}
    func fetch(_ url: String) async throws -> [UInt8] { throw Unexpected() }
    func send(_ url: String, headers: [(name: String, value: String)], body: [UInt8]?) async throws -> OutgoingResponse
    {
        throw Unexpected()
    }
}
