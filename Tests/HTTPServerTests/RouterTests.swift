import HTTPServer
import NIOHTTP1
import Testing

@Suite struct RouterTests {
    struct Context: RequestContext {
        var parameters = PathParameters()
        var trail: [String] = []
    }

    struct Member: ChildRequestContext {
        var parameters: PathParameters
        let name: String

        init(parent: Context, request: Request) throws {
            guard let name = request.headers.first(name: "name") else { throw HTTPError(.unauthorized, "Who?") }
            parameters = parent.parameters
            self.name = name
        }
    }

    struct Mark: Middleware {
        let name: String

        func handle(_ request: Request, context: Context, next: Handler<Context>) async throws -> Response {
            var context = context
            context.trail.append(name)
            var response = try await next(request, context)
            response.headers.add(name: "left", value: name)
            return response
        }
    }

    private let router = Router { (root: RouteGroup<Context>) in
        let site = root.group("", Mark(name: "outer"))
        let show: Handler<Context> = { request, context in
            let text =
                context.trail.joined(separator: ",") + "|" + context.parameters["id"] + context.parameters["user"]
            return Response(status: .ok, contentType: "text/plain", bytes: Array(text.utf8))
        }
        site.get("/", summary: "root", use: show)
        site.get("tasks", summary: "list", use: show)
        site.post("tasks", summary: "add", use: show)
        site.get("tasks/{id}", summary: "one", use: show)
        site.get("{user}/tasks", summary: "somebody's", use: show)
        site.get("users/{user}/tasks", summary: "somebody's too", use: show)
        let inner = site.group("inner", Mark(name: "a"), Mark(name: "b"))
        inner.get("x", summary: "x", use: show)
        site.limitingBodies(to: 10).group("small").group(context: Member.self).post("x/{id}", summary: "s") { _, _ in
            Response(status: .ok)
        }
        inner.group(context: Member.self).get("member", summary: "m") { _, member in
            Response(status: .ok, contentType: "text/plain", bytes: Array(member.name.utf8))
        }
    }

    private func ask(_ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders = [:]) async throws -> (
        Response, String
    ) {
        let response = try await router.respond(
            to: Request(method: method, uri: uri, headers: headers, id: "r"), context: Context())
        return (response, String(decoding: response.body.readableBytesView, as: UTF8.self))
    }

    @Test(arguments: [
        ("/", "outer|"), ("/tasks?x=1", "outer|"), ("/tasks/7", "outer|7"), ("/tasks/a%20b%2Fc", "outer|a b/c"),
        ("/alice/tasks", "outer|alice"), ("/users/alice/tasks", "outer|alice"), ("/users/tasks", "outer|users"),
        ("/inner/x", "outer,a,b|"), ("/tasks/é", "outer|é"), ("/tasks/", "outer|"), ("/tasks/7/?x", "outer|7"),
        ("/%74asks/%37", "outer|7"), ("/alice/tasks/", "outer|alice"),
    ])
    func `finds the handler and its parameters`(uri: String, text: String) async throws {
        let (response, body) = try await ask(.GET, uri)
        #expect(response.status == .ok)
        #expect(body == text)
    }

    @Test func `middleware wraps in the order given`() async throws {
        #expect(try await ask(.GET, "/inner/x").0.headers["left"] == ["b", "a", "outer"])
    }

    @Test func `a context that cannot be made keeps the request out`() async throws {
        #expect(try await ask(.GET, "/inner/member", ["name": "alice"]).1 == "alice")
        await #expect(throws: HTTPError(.unauthorized, "Who?")) { try await ask(.GET, "/inner/member") }
    }

    @Test(arguments: [
        "/nothing", "//", "/tasks//x", "//tasks", "/tasks//", "/tasks/7/8", "/./tasks", "/inner/../tasks",
        "/inner/%2e%2e/tasks",
        "/Tasks", "/tasks;x", "/tasks%2F7", "/" + String(repeating: "a/", count: 3000),
    ])
    func `anything else is not found`(uri: String) async {
        let error = await #expect(throws: HTTPError.self) { try await ask(.GET, uri) }
        #expect(error?.status == .notFound)
    }

    @Test(arguments: ["/%", "/%g0", "/%00", "/%c0%80", "/%ff", "*", "http://a/", ""])
    func `a path that cannot be read is refused`(uri: String) async {
        let error = await #expect(throws: HTTPError.self) { try await ask(.GET, uri) }
        #expect(error?.status == .badRequest)
    }

    @Test func `another method gets the list of allowed ones`() async throws {
        let error = await #expect(throws: HTTPError.self) { try await ask(.DELETE, "/tasks") }
        #expect(error?.status == .methodNotAllowed)
        #expect(error?.headers["allow"] == ["GET, POST, HEAD, OPTIONS"])
        let (response, _) = try await ask(.OPTIONS, "/tasks")
        #expect(response.status == .noContent)
        #expect(response.headers["allow"] == ["GET, POST, HEAD, OPTIONS"])
        #expect(try await ask(.HEAD, "/tasks").0.status == .ok)
        #expect(try await ask(.OPTIONS, "*").0.status == .noContent)
    }

    @Test func `a group's attributes are known as soon as the head is there`() {
        func limit(_ method: HTTPMethod, _ target: String) -> Int? {
            router.match(method, target).attributes.maximumBodySize
        }
        #expect(limit(.POST, "/small/x/1?y") == 10)
        #expect(limit(.POST, "/small/x/1?\u{301}y") == 10, "an accent hides no question mark")
        #expect(limit(.POST, "/%73mall/x/1") == 10)
        #expect(limit(.POST, "/small/x/1/") == 10)
        #expect(limit(.GET, "/small/x/1") == 10, "no other method gets around it")
        for target in ["/tasks", "/small", "/small/x/", "/small/%", "*", ""] { #expect(limit(.POST, target) == nil) }
    }

    @Test func `an unmatched path belongs to the group of its prefix`() {
        let router = Router<Context> { site in
            let api = site.area("api", errors: .problem, crossOrigin: .trustedOrigins, plainHTTP: .refuse)
            api.get("{user}/tasks", summary: "s") { _, _ in Response(status: .ok) }
            api.area("auth", errors: .messageAndCode, crossOrigin: .none, plainHTTP: .refuse)
                .get("session", summary: "s") { _, _ in Response(status: .ok) }
            site.get("/", summary: "s") { _, _ in Response(status: .ok) }
        }
        func errors(_ target: String, _ method: HTTPMethod = .GET) -> RouteAttributes.ErrorShape {
            router.match(method, target).attributes.errors
        }
        for path in ["/api", "/api/", "/%61pi/x", "/api/%", "/api/a/b", "/api/a/tasks/x", "/api//", "/ap%69/%ff"] {
            #expect(errors(path) == .problem, "\(path)")
        }
        for path in ["/api/auth", "/api/%61uth/x", "/api/auth//session", "/api/auth/session/x", "/api/auth/%zz"] {
            #expect(errors(path) == .messageAndCode, "\(path)")
        }
        #expect(errors("/api/auth/session", .DELETE) == .messageAndCode)
        for path in ["/apis", "/x/api", "/", "//api", "/api%2Fauth", "*", "", "/%", "/API"] {
            #expect(errors(path) == .page, "\(path)")
        }
    }

    @Test func `a path has one canonical spelling`() {
        func path(_ target: String) -> String { router.match(.GET, target).canonicalPath }
        #expect(path("/%74asks/%61%20b%2Fc/?q") == "/tasks/a%20b%2Fc")
        #expect(path("/users/%C3%A9/tasks") == "/users/%C3%A9/tasks")
        #expect(path("/") == "/")
        #expect(path("/nothing") == "")
    }

    @Test func `the site map lists what each route requires`() throws {
        let member = try #require(router.routes.first { $0.path == "/inner/member" })
        #expect(member.requires(Member.self))
        #expect(router.routes.filter { $0.requires(Member.self) }.count == 2)
        #expect(router.routes.map(\.path).contains("/tasks/{id}"))
    }
}
