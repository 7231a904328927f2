import Basics

/// The name of a device for people, by its User-Agent: "Firefox on Windows", "Safari on iPhone", "curl". It is a hint
/// and no proof: clients send what they like.
package struct DeviceName: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    /// The name without those that programs give themselves; nil if nothing remains.
    package let known: String?

    private static let maximumLength = 40

    package init(userAgent: String) {
        let bytes = Array(userAgent.utf8.prefix(512))
        guard Self.isBrowser(bytes) else {
            let (name, isKnown) = Self.program(bytes) ?? ("Unknown device", false)
            (description, known) = (name, isKnown ? name : nil)
            return
        }
        let browser = Self.firstMatch(in: bytes, Self.browsers)
        let system = Self.firstMatch(in: bytes, Self.systems)
        switch (browser, system) {
        case (let browser?, let system?): description = "\(browser) on \(system)"
        case (let browser?, nil): description = browser
        case (nil, let system?): description = "A browser on \(system)"
        case (nil, nil): description = "A browser"
        }
        known = description
    }

    // MARK: The tables; of several matches the first counts

    /// Browsers by their mark. Most also claim to be Chrome or Safari, so those come last.
    private static let browsers: [(mark: String, name: String)] = [
        ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("Edge/", "Edge"),
        ("OPR/", "Opera"), ("OPiOS/", "Opera"), ("OPT/", "Opera"), ("Opera", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"), ("YaBrowser/", "Yandex Browser"),
        ("DuckDuckGo/", "DuckDuckGo"), ("Ddg/", "DuckDuckGo"), ("Brave/", "Brave"), ("UCBrowser/", "UC Browser"),
        ("HuaweiBrowser/", "Huawei Browser"), ("MiuiBrowser/", "Mi Browser"), ("Electron/", "A desktop app"),
        ("SeaMonkey/", "SeaMonkey"), ("Epiphany/", "GNOME Web"), ("Konqueror/", "Konqueror"),
        ("FxiOS/", "Firefox"), ("Focus/", "Firefox Focus"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"),
        ("GSA/", "Google app"), ("HeadlessChrome/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
        ("Trident/", "Internet Explorer"), ("MSIE ", "Internet Explorer"), ("Safari/", "Safari"),
    ]

    /// Systems by their mark. Phones also claim to be computers, so those come last.
    private static let systems: [(mark: String, name: String)] = [
        ("Windows Phone", "Windows Phone"), ("iPhone", "iPhone"), ("iPod", "iPod"), ("iPad", "iPad"),
        ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"), ("Macintosh", "Mac"),
        ("Mac OS X", "Mac"), ("KAIOS", "KaiOS"), ("FreeBSD", "FreeBSD"), ("OpenBSD", "OpenBSD"), ("Linux", "Linux"),
        ("X11", "Linux"),
    ]

    /// Programs by the first product that they name (RFC 9110, section 10.1.5), in lower case; others go by their own
    /// name.
    private static let programs = [
        "aiohttp": "Python (aiohttp)", "axios": "JavaScript (axios)", "curl": "curl", "dart": "Dart",
        "go-http-client": "Go",
        "httpie": "HTTPie", "insomnia": "Insomnia", "java": "Java", "java-http-client": "Java", "node": "Node.js",
        "node-fetch": "Node.js", "okhttp": "OkHttp", "postmanruntime": "Postman", "python": "Python",
        "python-httpx": "Python (HTTPX)", "python-requests": "Python (Requests)", "python-urllib": "Python",
        "python-urllib3": "Python", "undici": "Node.js", "wget": "Wget",
    ]

    // MARK: Reading

    private static func isBrowser(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: "Mozilla/".utf8) || bytes.starts(with: "Opera/".utf8)
    }

    private static func firstMatch(in bytes: [UInt8], _ table: [(mark: String, name: String)]) -> String? {
        table.first { contains(Array($0.mark.utf8), in: bytes) }?.name
    }

    private static func contains(_ mark: [UInt8], in bytes: [UInt8]) -> Bool {
        guard bytes.count >= mark.count else { return false }
        return (0...(bytes.count - mark.count)).contains { bytes[$0...].starts(with: mark) }
    }

    private static func program(_ bytes: [UInt8]) -> (name: String, isKnown: Bool)? {
        let product = bytes.prefix { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
        guard !product.isEmpty else { return nil }
        let name = String(decoding: product.map(\.asciiLowercased), as: UTF8.self)
        if let known = programs[name] { return (known, true) }
        return (String(decoding: product.prefix(maximumLength), as: UTF8.self), false)
    }
}
