import NIOHTTP1

/// A violation of HTTP itself, independent of the request's meaning.
package struct HTTPError: Error, Sendable, Equatable {
    package let status: HTTPResponseStatus
    /// A sentence for human readers.
    package let detail: String
    package let headers: HTTPHeaders

    package init(_ status: HTTPResponseStatus, _ detail: String, headers: HTTPHeaders = [:]) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    /// No route has this path, or the client is not to know that one has.
    package static let unknownPath = HTTPError(.notFound, "There is nothing at this address.")
}
