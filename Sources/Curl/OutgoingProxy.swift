/// A proxy for requests to other servers.
package struct OutgoingProxy: Sendable, Equatable {
    /// `http://proxy.example.com:3128`.
    package let url: String
    /// Hosts that are connected to directly, separated by commas; `*` for all.
    package let exceptions: String

    package init(url: String, exceptions: String) { (self.url, self.exceptions) = (url, exceptions) }
}
