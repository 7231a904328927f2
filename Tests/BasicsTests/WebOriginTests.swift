import Testing

@testable import Basics

@Suite struct WebOriginTests {
    @Test(arguments: [
        ("http://localhost:3000", "http://localhost:3000"),
        ("HTTPS://Tasks.Example.com:443/path?x", "https://tasks.example.com"),
        ("http://a:80", "http://a"), ("https://a:80", "https://a:80"), ("http://a:0080/", "http://a"),
        ("http://192.0.2.1:8080#x", "http://192.0.2.1:8080"), ("http://[::1]", "http://[::1]"),
        ("http://[2001:DB8:0:0:1:0:0:1]:81/", "http://[2001:db8::1:0:0:1]:81"),
        ("http://[0:0:0:0:0:0:0:0]", "http://[::]"), ("http://[::ffff:192.0.2.1]", "http://[::ffff:c000:201]"),
        ("http://[1:0:2:3:4:5:6:7]", "http://[1:0:2:3:4:5:6:7]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ])
    func `a URL's origin is what browsers write`(url: String, origin: String) {
        #expect(WebOrigin(url: url)?.text == origin)
    }

    @Test(arguments: [
        "", "localhost", "ftp://a", "http://", "http:///x", "http://a b", "http://u@h", "http://u:p@h", "null", "*",
        "http:a", "http:/a", "//a", " http://a", "http://a ", "http://a\n", "http://a\\.b", "http://a\u{0}b",
        "http://a..b", "http://.a", "http://a.", "http://a_b", "http://a%2eb", "http://bücher.example", "http://a＠b",
        "http://a:", "http://a:b", "http://a:0", "http://a:65536", "http://a:-1", "http://a:+1", "http://a:1:2",
        "http://1", "http://0x7f.1", "http://127.0.0.01", "http://256.0.0.1", "http://1.2.3", "http://a.0x",
        "http://a.9",
        "http://[::1", "http://::1", "http://[::1]x", "http://[1::2::3]", "http://[fe80::1%25eth0]", "http://[]",
        "http://a/\\b", "http://a/ b", "http://a/\"", "http://a/<", "http://a/\u{7F}", "javascript://a/", "data://a",
        "blob:http://a/x", "file:///etc/passwd", "http://:80",
    ])
    func `an ambiguous address is refused`(url: String) {
        #expect(WebOrigin(url: url) == nil)
    }

    @Test func `a URL is put together from its parts`() {
        #expect(WebURL("HTTP://LocalHost:80")?.text == "http://localhost")
        #expect(WebURL("https://a:443/b/../c?d=é#'")?.text == "https://a/b/../c?d=%C3%A9#'")
        #expect(WebURL("myApp://Host.name/Path")?.text == "myapp://Host.name/Path")
        #expect(WebURL("myapp:///path")?.text == "myapp:///path")
        #expect(WebURL("http://a?b")?.appending(query: "c=d").text == "http://a?b&c=d")
        #expect(WebURL("http://a/#b")?.appending(query: "c=d").text == "http://a/?c=d#b")
        #expect(WebURL("http://a/#?b")?.appending(query: "c=d").text == "http://a/?c=d#?b")
    }

    @Test func `an Origin field is canonical, or it is none`() {
        #expect(WebOrigin(header: "http://localhost:3000")?.text == "http://localhost:3000")
        #expect(WebOrigin(header: "capacitor://localhost")?.text == "capacitor://localhost")
        for text in ["http://LOCALHOST:3000", "http://localhost:80", "http://localhost/", "null", "", "https://a:443"] {
            #expect(WebOrigin(header: text) == nil, "\(text)")
        }
    }
}

@Suite struct SiteTests {
    @Test(arguments: [
        ("https://app.example.com", "https://api.example.com", true),
        ("https://example.com", "https://a.b.example.com", true),
        ("https://example.com", "https://example.com:8443", true),
        ("http://localhost:3000", "http://localhost:8000", true),
        ("https://example.com", "http://example.com", false), ("http://127.0.0.1:3000", "http://localhost:8000", false),
        ("https://a.vercel.app", "https://b.vercel.app", false), ("https://a.co.uk", "https://b.co.uk", false),
        ("https://x.a.co.uk", "https://a.co.uk", true), ("https://app.vercel.app", "https://api.fly.dev", false),
        ("http://10.0.0.1", "http://10.1.0.1", false), ("http://[::1]:1", "http://[::1]:2", true),
        ("https://evilexample.com", "https://example.com", false),
    ])
    func `a site comprises the hosts of one owner`(one: String, other: String, isSame: Bool) throws {
        let origins = try (#require(WebOrigin(url: one)), #require(WebOrigin(url: other)))
        #expect(origins.0.isSameSite(as: origins.1) == isSame)
        #expect(origins.1.isSameSite(as: origins.0) == isSame)
    }
}

@Suite struct OriginPatternTests {
    private static func trusts(_ pattern: String, _ url: String) throws -> Bool {
        guard let url = WebURL(url) else { return false }
        return try OriginPattern(pattern).matches(url)
    }

    @Test(arguments: [
        ("https://app.example.com", "https://app.example.com/any"),
        ("https://app.example.com/", "https://app.example.com"),
        ("HTTPS://App.Example.com:443", "https://app.example.com"), ("http://[::1]:3000", "http://[0:0::1]:3000"),
        ("https://*.example.com", "https://a.example.com"), ("https://*.example.com", "https://a.b.example.com"),
        ("https://**.example.com", "https://a.b.example.com"), ("https://pr-?.example.com", "https://pr-1.example.com"),
        ("*.example.com", "http://a.example.com"), ("*.example.com", "https://a.example.com"),
        ("http://localhost:*", "http://localhost:5173"), ("http://localhost:*", "http://localhost"),
        ("localhost:*", "https://localhost:5173"), ("http://localhost:30??", "http://localhost:3001"),
        ("http://[::1]:*", "http://[::1]:5173"), ("*://*.example.com", "http://a.example.com"),
        ("http://192.168.*.*:3000", "http://192.168.1.5:3000"), ("http://10.*:*", "http://10.1.2.3:8080"),
        ("*.localhost", "http://tasks.localhost"), ("*.example.com:*", "https://a.example.com:8443"),
        ("https://*-team.vercel.app", "https://tasks-team.vercel.app"),
        ("myapp://", "myapp://open/x?y"), ("myapp://", "myapp:///x"), ("myapp://open", "myapp://open/x"),
        ("myapp://open/in", "myapp://open/inside"), ("exp://**", "exp://192.168.1.5:8081/--/x"),
        ("exp://192.168.*.*:*/**", "exp://192.168.1.5:8081/--/x"), ("capacitor://localhost", "capacitor://localhost"),
    ])
    func `an entry matches what it says`(pattern: String, url: String) throws {
        #expect(try Self.trusts(pattern, url))
    }

    @Test(arguments: [
        ("https://app.example.com", "http://app.example.com"),
        ("https://app.example.com", "https://app.example.com:8443"),
        ("https://*.example.com", "https://example.com"), ("https://*.example.com", "http://a.example.com"),
        ("https://*.example.com", "https://a.example.com:8443"), ("https://*.example.com", "https://aexample.com"),
        ("https://*.example.com", "https://evil.test\\.example.com"),
        ("https://*.example.com", "https://evil.test/.example.com"),
        ("https://*.example.com", "https://evil.test#.example.com"),
        ("https://*.example.com", "https://evil.test?.example.com"),
        ("https://*.example.com", "https://evil.test:443.example.com"),
        ("https://*.example.com", "https://a.example.com.evil.test"),
        ("https://*.example.com", "https://a.example.com@evil.test"),
        ("http://localhost:*", "http://localhost:x@evil.test/"),
        ("http://localhost:*", "http://localhost:1@evil.test/"), ("http://localhost:*", "http://localhost.evil.test:1"),
        ("*.example.com", "javascript://x.example.com/%0aalert(1)"), ("*.example.com", "data://x.example.com/,x"),
        ("*.example.com", "myapp://x.example.com"), ("*://*.example.com", "myapp://x.example.com"),
        ("http://192.168.*.*", "http://192.168.evil.test"), ("http://10.*", "http://10.evil.test"),
        ("http://localhost:30??", "http://localhost:300"), ("myapp://open", "myapp://opened"),
        ("myapp://open", "yourapp://open"),
        ("myapp://open", "myapp://open:1"), ("myapp://", "http://open"),
        ("exp://192.168.*.*:*/**", "exp://evil.test:1/x"),
        ("exp://192.168.*.*:*/**", "exp://192.168.1.1.evil.test:1/x"), ("exp://10.*:*", "exp://10.evil.test:1"),
    ])
    func `and nothing else`(pattern: String, url: String) throws {
        #expect(try !Self.trusts(pattern, url))
    }

    @Test(arguments: [
        // They match nothing.
        "example.com", "localhost:3000", "https://example.com/app", "https://*.example.com/app", "https://a b.example",
        "https://", "://a", "https://u@a", "https://a:b", "https://a:", "https://a:0", "https://a:65536",
        "https://*.b:",
        "https://bücher.example", "https://*_a.example.com", "https://*..example.com", "https://a*.5", "null", "nope",
        // They match every origin, or run scripts.
        "*", "**", "https://*", "http*://*", "*://*", "https://*:*", "*.com", "https://*.com", "https://*.co.uk",
        "https://*.*", "https://example.*", "https://*.example.*", "https://*example.com", "https://??", "http://*.1",
        "javascript://*.example.com", "data://**", "file://", "about://*",
    ])
    func `an entry that matches nothing, or everything, is refused`(text: String) {
        let error = #expect(throws: OriginPattern.ParseError.self) { try OriginPattern(text) }
        #expect(error?.description.contains("'\(text)'") == true)
    }

    @Test func `an entry that third parties' hosts can match is recognized`() throws {
        #expect(try OriginPattern("https://*.vercel.app").isOpenToThirdParties)
        #expect(try !OriginPattern("https://*-team.vercel.app").isOpenToThirdParties)
        #expect(try !OriginPattern("https://*.example.com").isOpenToThirdParties)
    }
}
