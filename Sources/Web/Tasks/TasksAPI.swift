import Basics
import Calendar
import Domain
import HTTPServer
import NIOHTTP1

/// A user's tasks over JSON. Mounted under three paths; the context determines the owner.
struct TasksAPI: Sendable {
    let tasks: TaskService
    let answers: AnswerCache
    let zones: TimeZoneDatabase
    /// Bytes after which a page of a list ends, however few tasks it contains; its `Link` leads to the rest.
    private static let maximumListSize = 1 << 20

    func addRoutes<Owner: OwnerContext>(to group: RouteGroup<Owner>) {
        let operations = TaskOperations(mount: Owner.mount)
        for collection in ["", "/"] {
            group.get(collection, summary: "List tasks, newest first", operations.list(collection), use: list)
            group.post(collection, summary: "Add a task", operations.create(collection), use: create)
        }
        group.get("{task_id}", summary: "Read a task", operations.read, use: read)
        group.put("{task_id}", summary: "Replace a task", operations.replace, use: replace)
        group.patch("{task_id}", summary: "Change parts of a task", operations.change, use: change)
        group.delete("{task_id}", summary: "Delete a task", operations.delete, use: delete)
        group.post("{task_id}/restore", summary: "Restore a deleted task", operations.restore, use: restore)
    }

    @Sendable private func list(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let owner = context.owner
        // Read first, so that a list is never older than its tag says.
        let revision = try await tasks.revision(ofTasksOf: owner)
        let key = AnswerCache.Key("list", owner.rawValue, request.uri)
        if let entry = answers.entry(for: key, at: revision) {
            return entry.tag?.notModified(request) ?? entry.response
        }
        let path = request.route.route?.path ?? ""
        let tag = try TaskTag(owner, revision, "list", path, String(request.queryString))
        let query = try TaskQuery(request)
        if let response = tag.notModified(request) { return response }
        let response = Self.response(
            try await tasks.list(for: owner, matching: query), of: owner, query, tag, request)
        answers.insert(response, tag: tag, for: key, at: revision)
        return response
    }

    private static func response(
        _ rows: TaskRows, of owner: UserID, _ query: TaskQuery, _ tag: TaskTag, _ request: Request
    ) -> Response {
        var shown = 0
        var response = Response.json(.ok, headers: tag.headers, size: 256 * rows.count + 2 * rows.textSize + 64) {
            json in
            json.array { json in
                while shown < rows.count, json.count < Self.maximumListSize {
                    json.task(rows[shown], of: owner)
                    shown += 1
                }
            }
        }
        if let cursor = rows.nextCursor(after: shown, in: query.order) {
            let url = "\(request.route.canonicalPath)?\(query.parameters(cursor: cursor))"
            response.headers.add(name: "link", value: "<\(url)>; rel=\"next\"")  // RFC 8288
        }
        return response
    }

    @Sendable private func create(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        var path = request.route.canonicalPath
        if path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        let draft = try TaskDraft(request, in: zones)
        return try await Idempotency.answer(request) { [path] task in
            .json(.created, headers: ["location": "\(path)/\(task.id)"]) { $0.task(task) }
        } write: { repeatable in
            try await tasks.create(draft, for: context.owner, once: repeatable)
        }
    }

    @Sendable private func read(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let (id, owner) = (try Self.taskID(context), context.owner)
        let tag = try TaskTag(owner, try await tasks.revision(ofTasksOf: owner), "task", id.rawValue)
        if let response = tag.notModified(request, exists: false) { return response }
        let task = try await tasks.task(id, for: owner)
        return tag.notModified(request) ?? .json(.ok, headers: tag.headers) { $0.task(task) }
    }

    @Sendable private func replace(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        let changes = try TaskChanges(replacing: request, in: zones)
        let task = try await tasks.update(id, with: changes, for: context.owner)
        return .json(.ok) { $0.task(task) }
    }

    @Sendable private func change(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        let task = try await tasks.update(id, with: try TaskChanges(request, in: zones), for: context.owner)
        return .json(.ok) { $0.task(task) }
    }

    @Sendable private func delete(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        try await tasks.delete(try Self.taskID(context), for: context.owner)
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }

    @Sendable private func restore(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        return try await Idempotency.answer(request) { task in
            .json(.ok) { $0.task(task) }
        } write: { repeatable in
            try await tasks.restore(id, for: context.owner, once: repeatable)
        }
    }

    /// An impossible id is treated as one that does not exist.
    private static func taskID(_ context: some OwnerContext) throws -> TaskID {
        guard let id = TaskID(untrusted: context.parameters["task_id"]) else { throw TaskService.noSuchTask }
        return id
    }
}
