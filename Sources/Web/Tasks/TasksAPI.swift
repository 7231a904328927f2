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
            var response = try Self.response(.created, task)
            response.headers.add(name: "location", value: "\(path)/\(task.id)")
            return response
        } write: { repeatable in
            try await tasks.create(draft, for: context.owner, once: repeatable)
        }
    }

    @Sendable private func read(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let task = try await tasks.task(try Self.taskID(context), for: context.owner)
        let tag = try TaskTag(task)
        return tag.notModified(request) ?? .json(.ok, headers: tag.headers) { $0.task(task) }
    }

    @Sendable private func replace(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        try await update(try TaskChanges(replacing: request, in: zones), request, context)
    }

    @Sendable private func change(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        try await update(try TaskChanges(request, in: zones), request, context)
    }

    private func update(
        _ changes: TaskChanges, _ request: Request, _ context: some OwnerContext
    ) async throws -> Response {
        let id = try Self.taskID(context)
        do {
            let task = try await tasks.update(id, with: changes, for: context.owner, if: Self.condition(of: request))
            return try Self.response(.ok, task)
        } catch let conflict as TaskConflict {
            return try conflict.response(requestID: request.id)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        do {
            try await tasks.delete(id, for: context.owner, if: Self.condition(of: request))
        } catch let conflict as TaskConflict {
            return try conflict.response(requestID: request.id)
        }
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }

    @Sendable private func restore(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        return try await Idempotency.answer(request) { task in
            try Self.response(.ok, task)
        } write: { repeatable in
            try await tasks.restore(id, for: context.owner, once: repeatable)
        }
    }

    /// The answer to a change, with the tag for the next one.
    private static func response(_ status: HTTPResponseStatus, _ task: TaskItem) throws -> Response {
        var response = Response.json(status) { $0.task(task) }
        response.headers.add(name: "etag", value: try TaskTag(json: Array(response.body.readableBytesView)).text)
        return response
    }

    /// The condition of `If-Match`; nil without one.
    private static func condition(of request: Request) -> (@Sendable (TaskItem) -> Bool)? {
        guard let isMatch = request.precondition else { return nil }
        return { task in
            guard let tag = try? TaskTag(task) else { return false }
            return isMatch(tag.text)
        }
    }

    /// An impossible id is treated as one that does not exist.
    private static func taskID(_ context: some OwnerContext) throws -> TaskID {
        guard let id = TaskID(untrusted: context.parameters["task_id"]) else { throw TaskService.noSuchTask }
        return id
    }
}
