import HTTPServer
import Testing

@testable import Web

@Suite struct RequestExampleTests {
    /// The examples of the operation with this id.
    private func code(_ id: String, in language: RequestExample.Language) async throws -> String {
        var found: String?
        try await TestSite.with { site in
            let operation = site.site.router.routes.compactMap(DocumentedOperation.init).first { $0.operation.id == id }
            found = RequestExample(try #require(operation), origin: "http://tasks.test").code(in: language)
        }
        return try #require(found)
    }

    @Test func `a command line has one option a line`() async throws {
        let code = try await code("completeTask", in: .curl)
        #expect(
            code == """
                curl -X POST "http://tasks.test/api/tasks/$TASK_ID/complete" \\
                  -H "Authorization: Bearer $TOKEN" \\
                  -H "Content-Type: application/json" \\
                  -d '{"due":{"date":"2026-12-24"}}'
                """)
    }

    @Test func `JavaScript awaits the response`() async throws {
        let code = try await code("completeTask", in: .javaScript)
        #expect(
            code == """
                const response = await fetch(`http://tasks.test/api/tasks/${TASK_ID}/complete`, {
                  method: 'POST',
                  headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
                  body: JSON.stringify({
                    "due": {
                      "date": "2026-12-24"
                    }
                  }),
                });
                console.log(response.status, await response.json());
                """)
        #expect(
            try await self.code("health", in: .javaScript) == """
                const response = await fetch('http://tasks.test/health');
                console.log(response.status, await response.json());
                """)
    }

    @Test func `Python has its own words for null, true and false`() async throws {
        let code = try await code("createTask", in: .python)
        #expect(
            code.hasPrefix(
                """
                import requests

                response = requests.post(
                    "http://tasks.test/api/tasks",
                    headers={"Authorization": f"Bearer {TOKEN}"},
                    json={
                        "title": "Buy milk",
                """))
        #expect(code.contains("\n        \"completed\": False,\n"))
        #expect(code.contains("\n        \"parent_id\": None,\n"))
        #expect(code.hasSuffix("\n    },\n)\nprint(response.status_code, response.json())"))
    }

    @Test func `Swift changes only a request that needs it`() async throws {
        #expect(try await code("health", in: .swift).contains("\nlet request = URLRequest("))
        let code = try await code("completeTask", in: .swift)
        #expect(code.contains("\nvar request = URLRequest("))
        #expect(code.contains("/api/tasks/\\(TASK_ID)/complete\")!)"))
        #expect(code.contains("\"Bearer \\(TOKEN)\""))
    }

    @Test(arguments: RequestExample.Language.allCases)
    func `a stream is read as it arrives`(language: RequestExample.Language) async throws {
        let code = try await code("followChanges", in: language)
        let signs: [RequestExample.Language: String] = [
            .curl: "curl -N ", .javaScript: "for await", .python: "stream=True", .swift: "bytes(for:",
        ]
        #expect(code.contains(try #require(signs[language])))
    }
}
