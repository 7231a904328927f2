import FoundationEssentials
import HTTPServer
import NIOHTTP1
import TestSupport
import Testing

@Suite struct StaticFilesTests {
    private func withFiles(reloads: Bool = false, _ work: (StaticFiles, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let site = directory + "/Public"
            try FileManager.default.createDirectory(atPath: site + "/js", withIntermediateDirectories: true)
            try write("body { }", to: site + "/app.css")
            try write("export {}", to: site + "/js/a.js")
            try write("hidden", to: site + "/.secret")
            try write("outside", to: directory + "/outside.txt")
            try FileManager.default.createSymbolicLink(
                atPath: site + "/link.txt", withDestinationPath: directory + "/outside.txt")
            try await work(try StaticFiles(directory: site, reloads: reloads), site)
        }
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func get(_ files: StaticFiles, _ uri: String, _ headers: HTTPHeaders = [:]) -> Response? {
        let route = Router<Context> { _ in }.match(.GET, uri)
        return files.response(to: Request(method: .GET, uri: uri, headers: headers, id: "r", route: route))
    }

    private struct Context: RequestContext {
        var parameters = PathParameters()
    }

    @Test func `a file has a plain address that is revalidated, and a permanent one that is not`() async throws {
        try await withFiles { files, _ in
            let plain = try #require(get(files, "/app.css"))
            #expect(plain.status == .ok)
            #expect(plain.headers["content-type"] == ["text/css; charset=utf-8"])
            #expect(plain.headers["cache-control"] == ["no-cache"])

            let lasting = try #require(get(files, files.url("js/a.js")))
            #expect(lasting.status == .ok)
            #expect(lasting.headers["cache-control"] == ["public, max-age=31536000, immutable"])
            // It is never asked about again.
            #expect(lasting.headers["etag"].isEmpty)

            #expect(get(files, "/j%73/a%2Ejs")?.status == .ok)
            #expect(get(files, "/js%2Fa.js") == nil)
            #expect(get(files, "/app.css/%zz") == nil)

            #expect(get(files, "/static/older/app.css")?.headers["cache-control"] == ["no-cache"])
        }
    }

    @Test func `a file that the client has is not sent again`() async throws {
        try await withFiles { files, _ in
            let etag = try #require(get(files, "/app.css")?.headers["etag"].first)
            for value in [etag, "W/\(etag)", "\"x\", \(etag)", "*"] {
                let response = try #require(get(files, "/app.css", ["if-none-match": value]))
                #expect(response.status == .notModified)
                #expect(response.body.readableBytes == 0)
                #expect(response.headers["etag"] == [etag])
            }
            #expect(get(files, "/app.css", ["if-none-match": "\"x\""])?.status == .ok)
        }
    }

    @Test(arguments: [
        "/../outside.txt", "/%2e%2e/outside.txt", "/js/../../outside.txt", "/link.txt", "/.secret", "/js", "/js/",
        "/static/x/../../outside.txt", "/app.css%00", "/app.css/", "//app.css", "/\\app.css", "/static/", "/static/x",
        "/APP.CSS", "/%c0%ae%c0%ae/outside.txt", "app.css", "/etc/passwd", "/static//app.css",
    ])
    func `nothing outside is ever found`(uri: String) async throws {
        try await withFiles { files, _ in
            #expect(get(files, uri) == nil || get(files, uri)?.body.readableBytes == 7)
            #expect(get(files, uri).map { String(decoding: $0.body.readableBytesView, as: UTF8.self) } != "outside")
        }
    }

    @Test func `in development a changed file is seen, under a new address`() async throws {
        try await withFiles(reloads: true) { files, site in
            let before = files.url("app.css")
            try write("body { color: red }", to: site + "/app.css")
            #expect(files.url("app.css") != before)
            #expect(get(files, "/app.css")?.body.readableBytes == 19)
        }
    }

    @Test func `a missing directory is named`() {
        #expect(throws: StaticFiles.LoadError.self) { try StaticFiles(directory: "/nowhere", reloads: false) }
    }

    private static let sources: [(name: String, source: String, sent: String)] = [
        ("a.css", "/* Colours */\n\n:root {\n  --ink: #000;\n}\n", ":root{\n--ink:#000;\n}\n"),
        (
            "space.css", "a b, a > :is(i, b) { margin: 0 1px; content: none }\n",
            "a b,a > :is(i,b){margin:0 1px;content:none}\n"
        ),
        ("quotes.css", "a::after { content: \": ; {\" }\n", "a::after { content: \": ; {\" }\n"),
        ("long.css", "/* Two\n   lines */\na { }\n", "/* Two\n   lines */\na { }\n"),
        ("after.css", "/* One */ a { } /* two */\n", "/* One */ a { } /* two */\n"),
        ("open.css", "/*/\na { }\n/* */\n", "/*/\na { }\n/* */\n"),
        ("a.js", "// Why\nif (a) {\n  f('//'); // so\n}\n", "if (a) {\nf('//'); // so\n}\n"),
        ("literal.js", "const a = `\n  // text\n`;\n", "const a = `\n  // text\n`;\n"),
        ("line.js", "  f(`a`);", "f(`a`);\n"),
        ("a.txt", "  // text\n", "  // text\n"),
    ]

    @Test(arguments: sources)
    func `styles and scripts are sent without comments, and only where that changes nothing`(
        file: (name: String, source: String, sent: String)
    ) async throws {
        for reloads in [false, true] {
            try await withTemporaryDirectory { directory in
                try write(file.source, to: directory + "/" + file.name)
                let files = try StaticFiles(directory: directory, reloads: reloads)
                let response = try #require(get(files, "/" + file.name))
                #expect(response.status == .ok)
                #expect(
                    String(decoding: response.body.readableBytesView, as: UTF8.self)
                        == (reloads ? file.source : file.sent))
            }
        }
    }
}
