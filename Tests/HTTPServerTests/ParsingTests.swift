import HTTPServer
import NIOCore
import NIOHTTP1
import Testing

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
        #expect(jar.values(of: "a").first == "1")
        #expect(jar.values(of: "b").first == "2=3")
        #expect(jar.values(of: "c").first == "")
        #expect(jar.values(of: "d").first == "4")
        #expect(jar.values(of: "e").isEmpty)
        #expect(jar.values(of: "A").isEmpty)
    }

    /// RFC 6265, section 4.2.2: servers should not rely upon the order.
    @Test func `all values of a name are there`() {
        #expect(cookies("a=1; b=2; a=3", "a=\"4\"").values(of: "a") == ["1", "3", "4"])
    }

    /// RFC 6265, section 4.1.1: `cookie-value = *cookie-octet / ( DQUOTE *cookie-octet DQUOTE )`.
    @Test(arguments: [
        (#"a="x.y%3D""#, "x.y%3D"), (#"a="""#, ""), (#"a=""#, #"""#), (#"a="x"#, #""x"#), (#"a=x""#, #"x""#),
        (#"a=x"y"z"#, #"x"y"z"#), (#"$Version="1"; a="x";$Path="/""#, "x"),
    ])
    func `a pair of quotes is not part of a value`(field: String, value: String) {
        #expect(cookies(field).values(of: "a") == [value])
    }

    @Test func `white space after a field is not part of it`() {
        for end in [" ", "\t", " \t "] { #expect(cookies("a=1; b=2" + end).values(of: "b") == ["2"]) }
        #expect(cookies(" \t").values(of: "").isEmpty)
    }

    /// RFC 6265, section 4.2.1: a comma does not begin another cookie.
    @Test func `a comma is part of a value`() {
        let jar = cookies("a=1, b=2; c=3")
        #expect(jar.values(of: "a").first == "1, b=2")
        #expect(jar.values(of: "b").isEmpty)
        #expect(jar.values(of: "c").first == "3")
    }

    @Test func `survives nonsense and floods`() {
        let jar = cookies("", ";;;", "=", "x", " =y", String(repeating: "n=v;", count: 5000))
        #expect(jar.values(of: "n").first == "v")
        #expect(jar.values(of: "x").isEmpty)
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
    private func request(_ headers: HTTPHeaders) -> Request {
        Request(method: .GET, uri: "/", headers: headers, id: "r")
    }

    /// RFC 9110, section 13.1.2: `If-None-Match = "*" / #entity-tag`; 5.6.1.2: empty elements are overlooked.
    @Test(arguments: [
        (#""a,b""#, true), (#"W/"a,b""#, true), (#""x", "a,b""#, true), (#" , "x",, "a,b" ,"#, true), ("*", true),
        (" * ", true), (#""x","a,b""#, true), (#""a", "b""#, false), (#""a,b"#, false), (#"a,b"#, false), ("", false),
        (#"*, "x""#, false), (#"w/"a,b""#, false), (#"W/ "a,b""#, false), (#""a,b"x"#, false), (#""x" "a,b""#, false),
        (#""y, "a,b""#, false), (#"junk, "a,b""#, true), (#""a, b""#, false), (#""A,B""#, false),
    ])
    func `a list of entity tags is read as one`(field: String, isKnown: Bool) {
        #expect(request(["if-none-match": field]).has(etag: #""a,b""#) == isKnown)
    }

    @Test func `lists may be spread over fields`() {
        let fields = HTTPHeaders([("if-none-match", #""x""#), ("if-none-match", #""a,b", "y""#)])
        #expect(request(fields).has(etag: #""a,b""#))
        #expect(!request([:]).has(etag: #""a,b""#))
    }

    /// RFC 9110, section 8.3.1: case does not count, and white space may stand around the semicolon.
    @Test(arguments: [
        ("Application/JSON;charset=UTF-8", "application/json"),
        ("\tapplication/json ; charset=\"utf-8\"", "application/json"),
        ("application/ json", "application/ json"), ("", ""), (";", ""),
    ])
    func `a media type is read without its parameters`(field: String, type: String) {
        #expect(request(["content-type": field]).contentType == type)
    }

    /// The words that pydantic 2 takes for a bool in a query, from its documentation of conversions.
    @Test func `booleans of a query are read as FastAPI's clients write them`() throws {
        func bool(_ text: String) throws -> Bool? { try FormFields(urlEncoded: "b=\(text)".utf8).bool("b") }
        for word in ["1", "on", "t", "true", "y", "yes"] {
            for spelling in [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()] {
                #expect(try bool(spelling) == true, "\(spelling)")
            }
        }
        for word in ["0", "off", "f", "false", "n", "no"] {
            for spelling in [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()] {
                #expect(try bool(spelling) == false, "\(spelling)")
            }
        }
        for word in ["", "2", "yess", "maybe", "-1", "true+", "null", "%D1%82rue"] { #expect(try bool(word) == nil) }
    }

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
