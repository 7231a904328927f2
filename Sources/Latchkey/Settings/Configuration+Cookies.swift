import Basics

extension Configuration {
    /// The hosts and sites that receive the session's cookies.
    struct CookieScope: Sendable, Equatable {
        var crossesSites = false
        var domain: String?
    }

    /// Reads the scope of the session's cookies, and checks that browsers will accept it.
    mutating func readCookies(_ reader: inout SettingReader) {
        cookies.crossesSites = reader.read(Settings.cookieSameSite)
        if cookies.crossesSites, let publicURL, !publicURL.isHTTPS, !publicURL.isLocal {
            reader.problems.append(
                "\(Settings.cookieSameSite.name) is none, but browsers take such cookies over https only, and \(Settings.publicURL.name) is \(publicURL.text)."
            )
        }
        if let text = reader.read(Settings.cookieDomain) { readDomain(text, &reader) }
        guard !cookies.crossesSites, let own = publicURL ?? WebOrigin(url: "http://localhost") else { return }
        for front in reader.sources.frontEnds where !front.isSameSite(as: own) {
            warnings.append(
                "\(Settings.frontend.name) names \(front.text), which is another site than \(own.text), so browsers keep the session cookie from it. Set \(Settings.cookieSameSite.name)=none, or let that front end send bearer tokens."
            )
        }
    }

    private mutating func readDomain(_ text: String, _ reader: inout SettingReader) {
        let name = Settings.cookieDomain.name
        let domain = text.hasPrefix(".") ? String(text.dropFirst()) : text
        guard let host = WebOrigin(url: "http://\(domain)"), host.host.hasSameBytes(as: domain.lowercased()),
            let pattern = try? OriginPattern("https://*.\(domain)"), !pattern.isOpenToThirdParties
        else {
            reader.problems.append("\(name) is '\(text)', but must be a domain such as example.com.")
            return
        }
        guard let publicURL, publicURL.host == host.host || publicURL.host.hasSuffix("." + host.host) else {
            reader.problems.append(
                "\(name) is '\(text)', but \(Settings.publicURL.name) is not a host of that domain, so browsers would refuse the cookies."
            )
            return
        }
        cookies.domain = host.host
    }
}

extension SettingSources {
    /// The front ends that are listed without patterns.
    fileprivate var frontEnds: [WebOrigin] {
        var reader = SettingReader(self)
        return reader.read(Settings.frontend).compactMap { WebOrigin(url: $0) }
    }
}
