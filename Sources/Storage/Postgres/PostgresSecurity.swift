import Basics
import Glibc

/// Transport security of a connection: the settings in its string, in several drivers' terms, and the defaults for the
/// rest.
struct PostgresSecurity {
    private var hosts: [Substring]
    private var mode: String?
    /// The equivalent in JDBC, node-postgres and asyncpg; an explicit `sslmode` takes precedence.
    private var otherMode: String?
    private var rootCertificate: String?
    private var isElsewhereDefined = false

    /// - Parameter authority: with user, password and ports.
    init(hosts authority: String) {
        let list = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        hosts = list.split(separator: ",").map { Self.withoutPort($0) }
    }

    /// Consumes a parameter that concerns security, in any driver's terms.
    mutating func takes(_ name: String, _ value: String) -> Bool {
        switch name {
        case "sslmode": mode = value == "no-verify" ? "require" : value
        case "ssl":
            switch value {
            // In JDBC, node-postgres and asyncpg alike: encrypted, with the certificate and host name verified.
            case "true", "1", "on", "yes", "": otherMode = "verify-full"
            case "false", "0", "off", "no": otherMode = "disable"
            case "no-verify": otherMode = "require"
            default: otherMode = value
            }
        case "sslfactory" where value.hasSuffix("NonValidatingFactory"): otherMode = "require"
        case "sslrootcert": rootCertificate = value
        case "host":
            hosts = value.split(separator: ",")
            return false
        case "service":
            isElsewhereDefined = true
            return false
        default: return false
        }
        return true
    }

    struct Decision {
        var parameters: [String] = []
        var warning: String?
    }

    func decide() -> Decision {
        var decision = Decision()
        var (mode, root) = (mode ?? otherMode, rootCertificate)
        if root == "system" {
            // The meaning since libpq 16; earlier versions look for a file of that name.
            root = Self.systemRoots
            mode = mode ?? "verify-full"
        }
        if mode == nil, !isElsewhereDefined, getenv("PGSSLMODE") == nil {
            switch hosts.map(Place.init(host:)).max() ?? .thisMachine {
            case .thisMachine: break
            case .ownNetwork:
                decision.warning =
                    "The database's connection string names no sslmode, so the network between may be "
                    + "eavesdropped on. Add sslmode=verify-full and sslrootcert=/path/to/root.crt, or sslmode=disable to say "
                    + "that this is meant."
            case .elsewhere: mode = "verify-full"
            }
        }
        if mode == "verify-full" || mode == "verify-ca", root == nil, !Self.hasOwnRoots { root = Self.systemRoots }
        if let mode { decision.parameters.append("sslmode=" + mode) }
        if let root { decision.parameters.append("sslrootcert=" + root) }
        return decision
    }

    private static func withoutPort(_ host: Substring) -> Substring {
        if host.hasPrefix("[") { return host.dropFirst().prefix { $0 != "]" } }
        return host.prefix { $0 != ":" }
    }

    /// True if libpq's own default root file exists.
    private static var hasOwnRoots: Bool {
        if getenv("PGSSLROOTCERT") != nil { return true }
        guard let home = getenv("HOME") else { return false }
        return access(String(cString: home) + "/.postgresql/root.crt", R_OK) == 0
    }

    /// The system's trusted roots, or those that OpenSSL's environment variable names.
    private static var systemRoots: String? {
        if let named = getenv("SSL_CERT_FILE") { return String(cString: named) }
        return [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ].first { access($0, R_OK) == 0 }
    }
}

/// The location of a host, as far as its name reveals it.
private enum Place: Int, Comparable {
    case thisMachine
    /// A name or address without meaning on the Internet: a neighbouring container, a provider's internal network.
    case ownNetwork
    case elsewhere

    static func < (left: Place, right: Place) -> Bool { left.rawValue < right.rawValue }

    init(host: Substring) {
        let host = String(decoding: host.utf8.map(\.asciiLowercased), as: UTF8.self)
        if host.isEmpty || host == "localhost" || host.hasSuffix(".localhost") || host.hasPrefix("/")
            || host.hasPrefix("%2f") || host.hasPrefix("@")
        {
            self = .thisMachine
        } else if let address = IPAddress(host) {
            if Self.loopback.contains(where: { $0.contains(address) }) {
                self = .thisMachine
            } else {
                self = Self.privateNetworks.contains { $0.contains(address) } ? .ownNetwork : .elsewhere
            }
        } else if !host.contains(".") || Self.internalSuffixes.contains(where: { host.hasSuffix($0) }) {
            self = .ownNetwork
        } else {
            self = .elsewhere
        }
    }

    private static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { IPNetwork($0) }
    /// RFC 1918, RFC 6598, RFC 3927, RFC 4193 and RFC 4291.
    private static let privateNetworks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10",
    ].compactMap { IPNetwork($0) }
    /// RFC 6762, RFC 8375, the name that ICANN reserves for private use, and those of hosting providers.
    private static let internalSuffixes = [".local", ".home.arpa", ".internal", ".lan", ".svc", ".flycast"]
}
