import Curl
import Synchronization
import Workers

/// Sends requests to other servers over http and https, each on its own thread: a server that hangs delays no other.
/// Redirects are not followed, and certificates are verified.
package final class OutgoingHTTP: RequestSender {
    private let settings: OutgoingSettings
    private let addresses: AddressRule
    /// Idle handles, whose connections are reused. They belong to one client, so that a connection that one rule allows
    /// is never used for another.
    private let idle = Mutex<[CurlHandle]>([])

    private static let maximumIdle = 4
    private static let timeoutMilliseconds = 10_000
    private static let maximumBodySize = 1 << 20

    /// - Parameter addresses: the addresses that may be connected to. Targets that users give need `.publicOnly`, and
    ///   are never reached through a proxy, which would resolve names by itself.
    package init(_ settings: OutgoingSettings = OutgoingSettings(), addresses: AddressRule = .any) {
        (self.settings, self.addresses) = (settings, addresses)
    }

    /// A GET, or a POST if there is a body; at most 1 MiB and 10 seconds in total.
    /// - Throws: `FetchError`.
    package func send(
        _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) async throws -> OutgoingResponse {
        guard let address = WebAddress(url) else { throw FetchError("\(url) is not an address that can be fetched.") }
        for header in headers where !(header.name + header.value).utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            throw FetchError("The header \(header.name.debugDescription) contains control characters.")
        }
        var request = CurlRequest(
            url, .http(CurlRequest.HTTPParts(headers: headers, body: body)),
            limits: CurlLimits(
                connectMilliseconds: Self.timeoutMilliseconds, totalMilliseconds: Self.timeoutMilliseconds,
                bodySize: Self.maximumBodySize))
        request.addresses = addresses
        request.extraAuthorities = settings.extraAuthorities
        if case .any = addresses, address.isTLS { request.proxy = settings.proxy }
        return try await perform(request)
    }

    /// Cancelling the task ends the request within about a second.
    private func perform(_ request: CurlRequest) async throws -> OutgoingResponse {
        let cancellation = CurlCancellation()
        var request = request
        request.cancellation = cancellation
        return try await withTaskCancellationHandler { [request] in
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try WorkerThread { continuation.resume(with: Result { try self.performNow(request) }) }.detach()
                } catch {
                    continuation.resume(throwing: FetchError("\(error)"))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func performNow(_ request: CurlRequest) throws -> OutgoingResponse {
        do {
            let handle = try idle.withLock { $0.popLast() } ?? CurlHandle()
            defer { idle.withLock { if $0.count < Self.maximumIdle { $0.append(handle) } } }
            let result = try handle.perform(request)
            return OutgoingResponse(status: result.status, body: result.body)
        } catch let failure as CurlFailure {
            throw Self.error(failure, request.url)
        }
    }

    private static func error(_ failure: CurlFailure, _ url: String) -> FetchError {
        if failure.isTooLarge { return FetchError("\(url) answered with more than 1 MiB.") }
        if failure.isForbiddenAddress { return FetchError("\(url) leads to an address that must not be connected to.") }
        if failure.isCancelled { return FetchError("\(url) was not waited for.") }
        if failure.isTimeout { return FetchError("\(url) did not answer within 10 seconds.") }
        return FetchError("\(url) could not be fetched: \(failure.text)")
    }
}
