import Domain
import Glibc
import Workers

/// Fetches small documents over http and https, on two threads of its own: a service that hangs holds up nobody but
/// those who wait for it.
///
/// One GET in HTTP/1.0, which no server answers in chunks; at most 1 MiB and 10 seconds in all, whatever drips;
/// certificates are checked against the system's; redirects are not followed and proxies not asked. (OpenSSL's own
/// HTTP client was tried: it repeats refused connections until the time is up, and takes a body for ended when it
/// comes after its head.)
package final class HTTPFetcher: DocumentFetcher {
    private struct Job: Sendable {
        let url: String
        let done: CheckedContinuation<[UInt8], any Error>
    }

    package struct FetchError: Error, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }

    private static let maximumSize = 1024 * 1024
    private static let timeout = Duration.seconds(10)

    private let queue = BlockingQueue<Job>(capacity: 64)

    package init() throws {
        let queue = self.queue
        for _ in 0..<2 {
            _ = try WorkerThread {
                while let job = queue.pop() { job.done.resume(with: Result { try Self.get(job.url) }) }
            }
        }
    }

    /// Turns away who waits. What is under way is not waited for: a service that hangs must not keep us from ending.
    package func shutDown() {
        for job in queue.closeAndTakeAll() { job.done.resume(throwing: FetchError("We are closing.")) }
    }

    package func fetch(_ url: String) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            if queue.push(Job(url: url, done: continuation)) != .accepted {
                continuation.resume(throwing: FetchError("Too many documents are being fetched."))
            }
        }
    }

    private static func get(_ url: String) throws -> [UInt8] {
        guard let address = WebAddress(url) else { throw FetchError("\(url) is no address that can be fetched.") }
        let deadline = ContinuousClock.now + timeout
        let socket = try ClientSocket(address, until: deadline)
        try socket.send(
            Array(
                "GET \(address.path) HTTP/1.0\r\nHost: \(address.authority)\r\nAccept: application/json\r\n\r\n".utf8),
            until: deadline)
        var answer: [UInt8] = []
        while let part = try socket.receive(until: deadline) {
            answer += part
            guard answer.count <= maximumSize + 16 * 1024 else { throw FetchError("\(url) answered with too much.") }
            if let body = try body(of: answer, url, isComplete: false) { return body }
        }
        guard let body = try body(of: answer, url, isComplete: true) else {
            throw FetchError("\(url) did not send all that it announced.")
        }
        return body
    }

    /// The body of a 200, once all of it is there: as much as was announced, or everything up to the end.
    private static func body(of answer: [UInt8], _ url: String, isComplete: Bool) throws -> [UInt8]? {
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else {
            guard answer.count <= 16 * 1024, !isComplete else { throw FetchError("\(url) did not answer in HTTP.") }
            return nil
        }
        let lines = String(decoding: answer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first, status.wholeMatch(of: /HTTP\/1\.[01] 200( .*)?/) != nil else {
            throw FetchError("\(url) answered \(lines.first ?? "nothing").")
        }
        let body = Array(answer[end.upperBound...])
        var announced: Int?
        for line in lines.dropFirst() {
            guard let field = line.wholeMatch(of: /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)/) else {
                throw FetchError("\(url) sent a header that is none.")
            }
            switch field.1.lowercased() {
            case "content-length": announced = Int(field.2)
            case "transfer-encoding", "content-encoding": throw FetchError("\(url) encoded what was asked for plainly.")
            default: break
            }
        }
        guard (announced ?? body.count) <= maximumSize, body.count <= maximumSize else {
            throw FetchError("\(url) answered with more than 1 MiB.")
        }
        guard let announced else { return isComplete ? body : nil }
        return body.count >= announced ? Array(body.prefix(announced)) : nil
    }
}

/// An http or https address, taken apart (RFC 3986).
struct WebAddress {
    let isTLS: Bool
    /// Without the brackets of an IPv6 address.
    let host: String
    let port: String
    /// As `Host` has it: with the port where one is named.
    let authority: String
    let path: String

    init?(_ url: String) {
        guard
            let match = url.wholeMatch(
                of: /(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[^\/:?#@\[\] ]+)(?::(\d{1,5}))?([\/?][^# ]*)?/),
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        isTLS = match.1 == "https"
        host = String(match.2.drop { $0 == "[" }.prefix { $0 != "]" })
        port = match.3.map(String.init) ?? (isTLS ? "443" : "80")
        authority = String(match.2) + (match.3.map { ":\($0)" } ?? "")
        let target = match.4.map(String.init) ?? "/"
        path = target.hasPrefix("/") ? target : "/" + target
    }
}
