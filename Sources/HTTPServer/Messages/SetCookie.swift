/// A cookie to be set (RFC 6265, section 4.1). Name and value must be cookie octets already.
package struct SetCookie: Sendable, Equatable {
    package var name: String
    package var value: String
    /// Seconds; nil for a session cookie.
    package var maxAge: Int64?
    package var isSecure: Bool
    /// True if pages of other sites may send it. Browsers require a secure cookie for that, and partition it by the
    /// site that embeds or calls this one (`Partitioned`).
    package var crossesSites = false
    /// The domain whose hosts all receive it; nil for this host alone.
    package var domain: String?

    package init(name: String, value: String, maxAge: Int64?, isSecure: Bool) {
        self.name = name
        self.value = value
        self.maxAge = maxAge
        self.isSecure = isSecure
    }

    /// The attributes in Better Auth's order. Always HttpOnly, and always for the whole site.
    package var serialized: String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        let hosts = domain.map { "; Domain=\($0)" } ?? ""
        let secure = isSecure || crossesSites ? "; Secure" : ""
        let sites = crossesSites ? "; SameSite=None; Partitioned" : "; SameSite=Lax"
        return "\(name)=\(value)\(age)\(hosts); Path=/; HttpOnly\(secure)\(sites)"
    }
}
