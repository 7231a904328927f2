import Glibc
import Workers

/// Fetches small documents over http and https, each on a thread of its own: a service that hangs delays no other.
///
/// One GET in HTTP/1.0, which no server answers in chunks; at most 1 MiB and 10 seconds in all;
/// certificates are checked against the system's; redirects are not followed and proxies not asked. (OpenSSL's own
/// HTTP client was tried: it repeats refused connections until the time is up, and takes a body for ended when it
/// comes after its head.)
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
