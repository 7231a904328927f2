import HTTPServer
import NIOCore
import NIOHTTP1
import Testing

@Suite struct PercentEncodingTests {
    @Test func `decodes once and strictly`() {
        #expect(PercentEncoding.decode("a%20b+c".utf8) == "a b+c")
        #expect(PercentEncoding.decode("a%20b+c".utf8, plusIsSpace: true) == "a b c")
        #expect(PercentEncoding.decode("%252e".utf8) == "%2e")
        #expect(PercentEncoding.decode("%C3%a9".utf8) == "é")
        for text in ["%", "%2", "%zz", "%00", "%c0%af", "%ed%a0%80", "%ff"] {
            #expect(PercentEncoding.decode(text.utf8) == nil, "\(text)")
        }
    }

    @Test func `encodes everything but the unreserved`() {
        #expect(
            PercentEncoding.encodeComponent("aZ0-._~ /?&=%é\"\u{301}") == "aZ0-._~%20%2F%3F%26%3D%25%C3%A9%22%CC%81")
    }
}

@Suite struct FormFieldsTests {
    @Test func `reads fields in order, the first of a name first`() throws {
        let form = try FormFields(urlEncoded: "a=1&b=x+y%26z&a=2&empty=&bare&=v&&".utf8)
        #expect(form["a"] == "1")
        #expect(form["b"] == "x y&z")
        #expect(form["empty"] == "")
        #expect(form["bare"] == "")
        #expect(form["nope"] == nil)
        #expect(form.pairs.count == 6)
    }

    @Test(arguments: ["a=%", "a=%00", "%ff=1", "a=%c0%80"])
    func `refuses what is not UTF-8`(text: String) {
        #expect(throws: HTTPError.self) { try FormFields(urlEncoded: text.utf8) }
    }

    @Test func `takes a thousand fields and no more`() throws {
        #expect(try FormFields(urlEncoded: String(repeating: "a=1&", count: 1000).utf8).pairs.count == 1000)
        #expect(throws: HTTPError.self) { try FormFields(urlEncoded: String(repeating: "a=1&", count: 1001).utf8) }
        #expect(throws: HTTPError.self) { try FormFields(urlEncoded: String(repeating: "a&", count: 200_000).utf8) }
    }

    @Test func `a form must call itself one`() throws {
        func request(_ type: String?) -> Request {
            Request(
                method: .POST, uri: "/", headers: type.map { ["content-type": $0] } ?? [:],
                body: ByteBuffer(string: "a=1"), id: "r")
        }
        #expect(try request("application/x-www-form-urlencoded; charset=UTF-8").form()["a"] == "1")
        #expect(try request("Application/X-WWW-Form-Urlencoded").form()["a"] == "1")
        for type in ["text/plain", "multipart/form-data; boundary=x", "application/json", nil] {
            #expect(throws: HTTPError.self) { try request(type).form() }
        }
    }
}

@Suite struct CookiesTests {
    private func cookies(_ fields: String...) -> Cookies {
        Request(method: .GET, uri: "/", headers: HTTPHeaders(fields.map { ("cookie", $0) }), id: "r").cookies
    }

    @Test func `reads names and values from all fields`() {
        let jar = cookies("a=1; b=2=3;c=", "d=4; a=9")
        #expect(jar["a"] == "1")
        #expect(jar["b"] == "2=3")
        #expect(jar["c"] == "")
        #expect(jar["d"] == "4")
        #expect(jar["e"] == nil)
        #expect(jar["A"] == nil)
    }

    @Test func `white space after a field is no part of it`() {
        for end in [" ", "\t", " \t "] { #expect(cookies("a=1; b=2" + end)["b"] == "2") }
        #expect(cookies(" \t")[""] == nil)
    }

    /// RFC 6265, section 4.2.1: what follows a comma is no cookie of its own, whoever wrote it there.
    @Test func `a comma is part of a value`() {
        let jar = cookies("a=1, b=2; c=3")
        #expect(jar["a"] == "1, b=2")
        #expect(jar["b"] == nil)
        #expect(jar["c"] == "3")
    }

    @Test func `survives nonsense and floods`() {
        let jar = cookies("", ";;;", "=", "x", " =y", String(repeating: "n=v;", count: 5000))
        #expect(jar["n"] == "v")
        #expect(jar["x"] == nil)
    }

    @Test func `writes the attributes in Better Auth's order`() {
        let cookie = SetCookie(name: "n", value: "v", maxAge: 604_800, isSecure: true)
        #expect(cookie.serialized == "n=v; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax")
        var crossing = SetCookie(name: "n", value: "v", maxAge: nil, isSecure: false)
        crossing.crossesSites = true
        crossing.domain = "example.com"
        #expect(
            crossing.serialized == "n=v; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=None; Partitioned")
    }
}

@Suite struct RequestTests {
    @Test func `takes the target apart at the first question mark`() throws {
        let request = Request(method: .GET, uri: "/a/b?c=d?e", id: "r")
        #expect(request.path == "/a/b")
        #expect(request.queryString == "c=d?e")
        #expect(try request.query()["c"] == "d?e")
        #expect(Request(method: .GET, uri: "/a", id: "r").queryString == "")
    }

    @Test func `ids of one process begin alike and never repeat`() {
        let ids = RequestIDs()
        let names = (0..<1000).map { _ in ids.next() }
        #expect(Set(names).count == 1000)
        #expect(Set(names.map { $0.prefix(9) }).count == 1)
    }
}
