import Glibc
import Workers

/// Fetches small documents over http and https, each on its own thread: a service that hangs delays no other.
///
/// Sends one GET in HTTP/1.0, to which no server responds in chunks; at most 1 MiB and 10 seconds in total.
/// Certificates are verified against the system's trust store; redirects are not followed and proxies not used.
/// (OpenSSL's own HTTP client is unsuitable: it retries refused connections until the timeout, and treats a body as
/// complete when it arrives after its head.)
package struct HTTPFetcher: DocumentFetcher {
    private static let timeout = Duration.seconds(10)

    package init() {}

    package func fetch(_ url: String) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try WorkerThread { continuation.resume(with: Result { try Self.get(url) }) }.detach()
            } catch {
                continuation.resume(throwing: FetchError("\(error)"))
            }
        }
    }

    private static func get(_ url: String) throws -> [UInt8] {
        guard let address = WebAddress(url) else { throw FetchError("\(url) is not an address that can be fetched.") }
        let deadline = ContinuousClock.now + timeout
        let socket = try ClientSocket(address, until: deadline)
        try socket.send(
            Array(
                "GET \(address.path) HTTP/1.0\r\nHost: \(address.authority)\r\nAccept: application/json\r\n\r\n".utf8),
            until: deadline)
        var answer = FetchedAnswer(url: url)
        while let part = try socket.receive(until: deadline) {
            if let body = try answer.append(part) { return body }
        }
        return try answer.finish()
    }
}
