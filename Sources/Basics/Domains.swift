/// Knowledge of domain names without the public suffix list: enough to check settings, whose result an operator sees,
/// but not to decide about requests.
package enum Domains {
    /// Top-level names of this machine or the local network (RFC 6761, RFC 6762, RFC 8375).
    package static let local: Set = ["localhost", "test", "example", "local", "internal", "lan", "home"]
    /// Second-level labels of many country domains, under which names are registered.
    static let secondLevels: Set = [
        "ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "nom", "or", "org",
    ]
    /// Domains under which anyone can get a host.
    package static let shared: Set = [
        "amazonaws.com", "azurestaticapps.net", "azurewebsites.net", "cloudfront.net", "deno.dev", "firebaseapp.com",
        "fly.dev", "github.io", "gitlab.io", "herokuapp.com", "loca.lt", "netlify.app", "ngrok-free.app", "ngrok.app",
        "ngrok.io", "onrender.com", "pages.dev", "railway.app", "replit.app", "run.app", "surge.sh",
        "trycloudflare.com", "up.railway.app", "vercel.app", "web.app", "workers.dev",
    ]

    /// The part of a host that has one owner, which together with the scheme makes up what browsers call a site: the
    /// last two labels, or three below a shared domain or a country's second level. An address, or a name without a
    /// dot, is a site by itself.
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
    /// Tells whether browsers send `SameSite=Lax` cookies from one to the other, as far as the names show.
    package func isSameSite(as other: WebOrigin) -> Bool {
        scheme == other.scheme && Domains.site(of: host) == Domains.site(of: other.host)
    }
}
