/// A cookie to be set (RFC 6265, section 4.1). Name and value must be cookie octets already.
package struct SetCookie: Sendable, Equatable {
    package var name: String
    package var value: String
    /// Seconds; nil for as long as the browser runs.
    package var maxAge: Int64?
    package var isSecure: Bool
    /// Whether pages of other sites may send it. Browsers take that from a secure cookie only, and keep it apart for each
    /// site that embeds or calls this one (`Partitioned`).
    package var crossesSites = false
    /// The domain whose hosts all get it; nil for this host alone.
    package var domain: String?

    package init(name: String, value: String, maxAge: Int64?, isSecure: Bool) {
        self.name = name
        self.value = value
        self.maxAge = maxAge
        self.isSecure = isSecure
    }

    /// The attributes in the order in which Better Auth writes them. Always HttpOnly, and always for the whole site.
    package var serialized: String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        let hosts = domain.map { "; Domain=\($0)" } ?? ""
        let secure = isSecure || crossesSites ? "; Secure" : ""
        let sites = crossesSites ? "; SameSite=None; Partitioned" : "; SameSite=Lax"
        return "\(name)=\(value)\(age)\(hosts); Path=/; HttpOnly\(secure)\(sites)"
    }
}
