import Basics
import Crypto

/// This server as WebAuthn knows it: passkeys belong to the host of its own origin, whatever the port.
package struct RelyingParty: Sendable, Equatable {
    /// The host.
    package let id: String
    /// The only origin whose pages may use the passkeys.
    let origin: String

    /// - Returns: nil for an origin that browsers give no passkeys: an IP address, or plain HTTP elsewhere than on this
    ///   machine.
    package init?(origin text: String) {
        guard let origin = WebOrigin(url: text), IPAddress(origin.host) == nil, !origin.host.hasPrefix("["),
            origin.isHTTPS || origin.host == "localhost"
        else { return nil }
        (id, self.origin) = (origin.host, origin.text)
    }

    func idHash() throws -> [UInt8] { try SHA256.hash(id.utf8) }
}
