import CCrypto
import Domain
import Workers

/// Fetches small documents over http and https with OpenSSL's own client, on two threads of its own: a service that
/// hangs holds up nobody but those who wait for it.
///
/// At most 1 MiB and 10 seconds; certificates are checked against the system's; redirects are not followed, and
/// proxies not asked.
package final class HTTPFetcher: DocumentFetcher {
    private struct Job: Sendable {
        let url: String
        let done: CheckedContinuation<[UInt8], any Error>
    }

    package struct FetchError: Error, CustomStringConvertible {
        package let description: String
    }

    private static let maximumSize = 1024 * 1024
    private static let timeoutSeconds: Int32 = 10

    private let queue = BlockingQueue<Job>(capacity: 64)
    private let threads: [WorkerThread]

    package init() throws {
        let queue = self.queue
        threads = try (0..<2).map { _ in
            try WorkerThread {
                while let job = queue.pop() { job.done.resume(with: Result { try Self.get(job.url) }) }
            }
        }
    }

    /// Ends the threads after what is under way. To be called once.
    package func shutDown() {
        for job in queue.closeAndTakeAll() { job.done.resume(throwing: FetchError(description: "We are closing.")) }
        // Not waited for: a service that hangs must not keep us from ending, and nothing here needs the threads' end.
    }

    package func fetch(_ url: String) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            if queue.push(Job(url: url, done: continuation)) != .accepted {
                continuation.resume(throwing: FetchError(description: "Too many documents are being fetched."))
            }
        }
    }

    private static func get(_ url: String) throws -> [UInt8] {
        defer { ERR_clear_error() }
        var (isTLS, portNumber): (Int32, Int32) = (0, 0)
        var (host, port, path):
            (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?) =
                (nil, nil, nil)
        guard OSSL_HTTP_parse_url(url, &isTLS, nil, &host, &port, &portNumber, &path, nil, nil) == 1 else {
            throw FetchError(description: "\(url) is no address that can be fetched.")
        }
        defer { for part in [host, port, path] { CRYPTO_free(part, nil, 0) } }
        guard let host else { throw FetchError(description: "\(url) names no host.") }

        let tls = isTLS == 0 ? nil : try TLSClient(host: String(cString: host))
        return try withExtendedLifetime(tls) {
            let argument = tls.map { Unmanaged.passUnretained($0).toOpaque() }
            // An empty proxy is none; nil would take one from the environment.
            let body = OSSL_HTTP_transfer(
                nil, host, port, path, isTLS, "", nil, nil, nil, tls == nil ? nil : TLSClient.wrap, argument, 0, nil,
                nil, nil, nil, 0, maximumSize, timeoutSeconds, 0)
            guard let body else { throw FetchError(description: "\(url) did not answer as it should.") }
            defer { BIO_free_all(body) }
            return try readAll(body, url)
        }
    }

    private static func readAll(_ body: OpaquePointer, _ url: String) throws -> [UInt8] {
        var output: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = BIO_read(body, &part, Int32(part.count))
            guard count > 0 else { return output }
            output += part.prefix(Int(count))
            guard output.count <= maximumSize else {
                throw FetchError(description: "\(url) answered with more than 1 MiB.")
            }
        }
    }
}

/// TLS around a connection to one host, whose certificate must be good and its own.
private final class TLSClient {
    private let context: OpaquePointer
    private let host: String

    init(host: String) throws {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw CryptoError("SSL_CTX_new") }
        self.context = context
        self.host = host
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        guard SSL_CTX_set_default_verify_paths(context) == 1 else {
            throw CryptoError("SSL_CTX_set_default_verify_paths")
        }
    }

    deinit { SSL_CTX_free(context) }

    /// OpenSSL calls this when a connection is made and when it ends.
    static let wrap: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32, Int32) -> OpaquePointer? = {
        connection, argument, isConnecting, _ in
        guard isConnecting == 1, let argument else { return connection }
        let client = Unmanaged<TLSClient>.fromOpaque(argument).takeUnretainedValue()
        guard let layer = BIO_new_ssl(client.context, 1) else { return nil }
        var session: OpaquePointer?
        let isNamed = client.host.withCString { name in
            BIO_ctrl(layer, Int32(BIO_C_GET_SSL), 0, &session)
            // SSL_set_tlsext_host_name is a macro, which Swift does not see.
            let named = UnsafeMutableRawPointer(mutating: name)
            return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), named) == 1
                && SSL_set1_host(session, name) == 1
        }
        guard isNamed else {
            BIO_free_all(layer)
            return nil
        }
        return BIO_push(layer, connection)
    }
}
