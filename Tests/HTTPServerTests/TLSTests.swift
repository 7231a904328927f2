import Foundation
import HTTPServer
import TestSupport
import Testing

@Suite struct TLSTests {
    #if TLS
        @Test func `files are read again when they changed, and once for each change`() async throws {
            try await withTemporaryDirectory { try exchangeFiles(in: $0) }
        }

        private func exchangeFiles(in directory: String) throws {
            let (files, other) = (try TLSFiles.make(in: directory, "a"), try TLSFiles.make(in: directory, "b"))
            let identity = try TLSIdentity(files)
            #expect(try !identity.reload(onlyIfChanged: true))
            #expect(try identity.reload())
            // Another key alone does not fit; both together do.
            try FileManager.default.removeItem(atPath: files.privateKey)
            try FileManager.default.copyItem(atPath: other.privateKey, toPath: files.privateKey)
            #expect(throws: TLSProblem.self) { try identity.reload(onlyIfChanged: true) }
            #expect(try !identity.reload(onlyIfChanged: true))
            try FileManager.default.removeItem(atPath: files.certificate)
            try FileManager.default.copyItem(atPath: other.certificate, toPath: files.certificate)
            #expect(try identity.reload(onlyIfChanged: true))
            try FileManager.default.removeItem(atPath: files.certificate)
            #expect(throws: TLSProblem.self) { try identity.reload(onlyIfChanged: true) }
        }

        @Test func `a connection that never shakes hands, or stops halfway, is closed`() async throws {
            let identity = try await withTemporaryDirectory { try TLSIdentity(try TLSFiles.make(in: $0, "a")) }
            var configuration = ServerConfiguration.forTests
            configuration.headTimeout = .seconds(1)
            try await withServer(configuration, tls: identity) { port in
                let answers = try await blocking {
                    try [[], [22], [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]].map { (greeting: [UInt8]) in
                        let client = try RawClient(port: port)
                        client.send(greeting)
                        return client.receiveAll()
                    }
                }
                #expect(answers == ["", "", ""])
            }
        }
    #else
        @Test func `without the trait, the setting is refused and says how to get it`() {
            let error = #expect(throws: TLSProblem.self) {
                try TLSIdentity(TLSFiles(certificate: "a.pem", privateKey: "b.pem"))
            }
            #expect(error?.description.contains("--traits TLS") == true)
        }
    #endif

    private struct Context: RequestContext {
        var parameters = PathParameters()
    }

    @Test func `the port for plain HTTP redirects people to the configured address, and refuses programs`() async {
        let router = Router<Context> { site in
            let answer: Handler<Context> = { _, _ in Response(status: .ok) }
            site.area("health", errors: .problem, crossOrigin: .none, plainHTTP: .answer).get(summary: "s", use: answer)
            site.area("api", errors: .problem, crossOrigin: .none, plainHTTP: .refuse)
                .get("tasks", summary: "s", use: answer)
        }
        let redirect = RedirectToHTTPS(
            to: { "https://tasks.example.com" }, refuse: { _ in Response(status: .forbidden) }, respond: echo)
        func answer(_ uri: String) async -> Response {
            let route = router.match(.POST, uri)
            return await redirect.answer(
                Request(method: .POST, uri: uri, headers: ["host": "evil.example"], id: "r", route: route))
        }
        for (uri, path) in [("/login?a=b", "/login?a=b"), ("*", "/"), ("//evil.example", "//evil.example")] {
            let response = await answer(uri)
            #expect(response.status == .permanentRedirect)
            #expect(response.headers["location"] == ["https://tasks.example.com" + path])
        }
        for uri in ["/health", "/health/", "/%68ealth"] { #expect(await answer(uri).status == .ok) }
        for uri in ["/api/tasks", "/%61pi/tasks", "/api/nothing", "/api"] {
            #expect(await answer(uri).status == .forbidden)
        }
    }
}
