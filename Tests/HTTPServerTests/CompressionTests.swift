import HTTPServer
import NIOCore
import NIOHTTP1
import Testing

@Suite struct CompressionTests {
    /// RFC 9110, section 12.5.3, with its own examples first.
    @Test(arguments: [
        ("compress, gzip", true), ("", false), ("*", true), ("compress;q=0.5, gzip;q=1.0", true),
        ("gzip;q=1.0, identity; q=0.5, *;q=0", true), ("gzip, deflate, br, zstd", true), ("identity", false),
        ("gzip;q=0", false), ("gzip;q=0.000", false), ("gzip; q=0.001", true), ("*;q=0", false), ("*;q=0, gzip", true),
        ("gzip;q=0, *", false), ("x-gzip", true), ("GZIP", true), ("identity;q=0", false), ("br", false),
        ("identity, gzip;q=0.5", false), ("identity;q=0.5, gzip;q=0.5", true), ("identity;q=0, *;q=0.1", true),
        ("gzip ; Q=0.8", true), ("gzip;q=1.001", false), ("gzip;q=2", false), ("gzip;q=.5", false),
        ("gzip;q=0.1234", false), ("gzip;q=1.000", true), ("gzip;q=", false), ("gzip;q=-1", false),
        ("gzip;level=9;q=1", false), (", ,gzip,", true), ("gzip2", false), ("gzip;q=0.5;x", false),
    ])
    func `an encoding is chosen by its weight`(field: String, isGzip: Bool) {
        #expect(AcceptEncoding(["accept-encoding": field]).prefersGzip == isGzip)
    }

    @Test func `without Accept-Encoding nothing is compressed, and lists may span several fields`() {
        #expect(!AcceptEncoding([:]).prefersGzip)
        let fields = HTTPHeaders([("accept-encoding", "br"), ("accept-encoding", "gzip;q=0.1")])
        #expect(AcceptEncoding(fields).prefersGzip)
    }

    private func ask(_ document: PublicDocument, _ headers: HTTPHeaders) -> Response {
        document.response(
            to: Request(method: .GET, uri: "/", headers: headers, id: "r"))
    }

    @Test func `each encoding of a document has an entity tag of its own`() {
        let text = String(repeating: "The same again and again. ", count: 100)
        let document = PublicDocument(ByteBuffer(string: text), tag: "t", contentType: "text/plain")
        let plain = ask(document, [:])
        #expect(plain.headers["etag"] == ["\"t\""])
        #expect(plain.headers["content-encoding"].isEmpty)
        #expect(plain.headers["vary"] == ["Accept-Encoding"])
        #expect(plain.body == ByteBuffer(string: text))
        let small = ask(document, ["accept-encoding": "gzip"])
        #expect(small.headers["etag"] == ["\"t-gzip\""])
        #expect(small.headers["content-encoding"] == ["gzip"])
        #expect(small.headers["vary"] == ["Accept-Encoding"])
        #expect(small.body.readableBytes < 200)
        #expect(small.body.getBytes(at: small.body.readerIndex, length: 3) == [0x1F, 0x8B, 8])
        // A tag of the other encoding is of something else.
        #expect(ask(document, ["accept-encoding": "gzip", "if-none-match": "\"t\""]).status == .ok)
        #expect(ask(document, ["if-none-match": "\"t-gzip\""]).status == .ok)
        let known = ask(document, ["accept-encoding": "gzip", "if-none-match": "\"x\", W/\"t-gzip\""])
        #expect(known.status == .notModified)
        #expect(known.headers["vary"] == ["Accept-Encoding"])
        #expect(known.headers["etag"] == ["\"t-gzip\""])
    }

    @Test func `a body that does not get smaller is sent as it is`() {
        var random = SystemRandomNumberGenerator()
        let noise = (0..<4096).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        for bytes in [noise, Array("short".utf8), []] {
            let document = PublicDocument(ByteBuffer(bytes: bytes), tag: "t", contentType: "image/png")
            let answer = ask(document, ["accept-encoding": "gzip"])
            #expect(answer.headers["content-encoding"].isEmpty)
            #expect(answer.headers["vary"].isEmpty)
            #expect(answer.headers["etag"] == ["\"t\""])
        }
    }
}
