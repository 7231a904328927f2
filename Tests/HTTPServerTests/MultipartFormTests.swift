import HTTPServer
import TestSupport
import Testing

@Suite struct MultipartFormTests {
    /// As Chromium sends it.
    private static let sample = Array(
        ("------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\ntöken\r\n"
            + "------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n"
            + "Content-Disposition: form-data; name=\"picture\"; filename=\"a; name=%22x%22.png\"\r\n"
            + "Content-Type: image/png\r\n\r\n\u{89}PNG\r\n\r\n--\r\n------WebKit\r\n"
            + "------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n").utf8)
    private static let type = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"

    @Test func `reads fields and files`() throws {
        let form = try MultipartForm(Self.sample, contentType: Self.type)
        #expect(form.fields.pairs.map(\.name) == ["form_token"])
        #expect(form.fields["form_token"] == "töken")
        #expect(form.files == ["picture": Array("\u{89}PNG\r\n\r\n--\r\n------WebKit".utf8)])
    }

    @Test func `a file that was not chosen is empty`() throws {
        let body =
            "--b\r\ncontent-disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: x/y\r\n\r\n\r\n--b--"
        let form = try MultipartForm(
            Array(body.utf8), contentType: #"multipart/form-data; charset=utf-8; Boundary="b""#)
        #expect(form.files == ["f": []] && form.fields.pairs.isEmpty)
        #expect(try MultipartForm(Array("--b--".utf8), contentType: "multipart/form-data; boundary=b").files.isEmpty)
    }

    @Test(arguments: [
        "", "--", "--b", "--b\r\n", "--b-", "--c--", "x--b--", "--b\n--b--", "--b\r\n\r\n--b--", "--b\r\nA: b\r\n\r\nx",
        "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=x\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"x\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\na\u{0}b\r\n--b--",
    ])
    func `a malformed form is refused`(body: String) {
        #expect(throws: HTTPError.self) {
            try MultipartForm(Array(body.utf8), contentType: "multipart/form-data; boundary=b")
        }
    }

    @Test(arguments: ["", "; boundary", "; boundary=", "; boundary=\"\"", "; boundary=a\u{7}", "; boundry=b"])
    func `a boundary is needed`(parameter: String) {
        #expect(throws: HTTPError.self) {
            try MultipartForm(Array("--b--".utf8), contentType: "multipart/form-data" + parameter)
        }
    }

    @Test func `has no more than a hundred parts, and no text that is not UTF-8`() throws {
        func body(_ count: Int) -> [UInt8] {
            let part = "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n"
            return Array((String(repeating: part, count: count) + "--b--").utf8)
        }
        let type = "multipart/form-data; boundary=b"
        #expect(try MultipartForm(body(100), contentType: type).fields.pairs.count == 100)
        #expect(throws: HTTPError.self) { try MultipartForm(body(101), contentType: type) }
        let bad = body(1).map { $0 == UInt8(ascii: "y") ? 0xFF : $0 }
        #expect(throws: HTTPError.self) { try MultipartForm(bad, contentType: type) }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `no change of a byte breaks anything`(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<(500 * fuzzFactor) {
            var bytes = Self.sample
            for _ in 0...random.below(4) {
                let index = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.below(256))
                case 1: bytes.removeSubrange(index...)
                default: bytes.insert(contentsOf: bytes[..<index].suffix(random.below(60) + 1), at: index)
                }
                if bytes.isEmpty { bytes = [0x2D] }
            }
            if let form = try? MultipartForm(bytes, contentType: Self.type) {
                #expect(form.fields.pairs.count + form.files.count <= 100)
            }
        }
    }
}
