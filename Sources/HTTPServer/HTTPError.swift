import NIOHTTP1

/// A request that HTTP itself forbids, before anybody asks what it is about.
package struct HTTPError: Error, Sendable, Equatable {
    package let status: HTTPResponseStatus
    /// A sentence for a person.
    package let detail: String
    package let headers: HTTPHeaders

    package init(_ status: HTTPResponseStatus, _ detail: String, headers: HTTPHeaders = [:]) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }
}
