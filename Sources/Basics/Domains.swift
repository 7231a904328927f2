/// What is known of domain names without the list of all public suffixes: enough for settings, which an operator reads
/// the answer of, and for nothing that decides about a request.
package enum Domains {
    /// Names below these are this machine's, or the local network's (RFC 6761, RFC 6762, RFC 8375).
    package static let local: Set = ["localhost", "test", "example", "local", "internal", "lan", "home"]
    /// What is second in the names of many countries, where the first two labels belong to nobody.
    package static let secondLevels: Set = [
        "ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "nom", "or", "org",
    ]
    /// Where anybody can have a host.
    package static let shared: Set = [
        "amazonaws.com", "azurestaticapps.net", "azurewebsites.net", "cloudfront.net", "deno.dev", "firebaseapp.com",
        "fly.dev", "github.io", "gitlab.io", "herokuapp.com", "loca.lt", "netlify.app", "ngrok-free.app", "ngrok.app",
        "ngrok.io", "onrender.com", "pages.dev", "railway.app", "replit.app", "run.app", "surge.sh",
        "trycloudflare.com", "up.railway.app", "vercel.app", "web.app", "workers.dev",
    ]

    /// The part of a host that one owner has, and that browsers call a site together with the scheme: the last two labels,
    /// three below a shared domain or a country's second level. An address, or a name without a dot, is one by itself.
    package static func site(of host: String) -> String {
        let labels = host.split(separator: ".")
        guard labels.count > 2, !WebOrigin.isIPv4(host), !host.hasPrefix("[") else { return host }
        func last(_ count: Int) -> String { labels.suffix(count).joined(separator: ".") }
        let isShared =
            shared.contains(last(2))
            || labels[labels.count - 1].utf8.count == 2
                && secondLevels.contains(String(labels[labels.count - 2]))
        return last(isShared ? 3 : 2)
    }
}

extension WebOrigin {
    /// Whether browsers send cookies of `SameSite=Lax` from one to the other, as far as that can be told by the names.
    package func isSameSite(as other: WebOrigin) -> Bool {
        scheme == other.scheme && Domains.site(of: host) == Domains.site(of: other.host)
    }
}
