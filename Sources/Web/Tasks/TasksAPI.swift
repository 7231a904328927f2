import Basics
import Calendar
import Domain
import HTTPServer
import NIOHTTP1

/// A user's tasks over JSON. Mounted under three paths; the context determines the owner.
struct TasksAPI: Sendable {
    let tasks: TaskService
    let lists: ListService
    let answers: AnswerCache
    let zones: TimeZoneDatabase
    let now: @Sendable () -> Timestamp
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
        let query = try await TaskQuery(
            request,
            for: TaskReader(owner: owner, locale: context.locale, now: now(), zones: zones, lists: lists))
        // Read first, so that a list is never older than its tag says.
        let revision = try await tasks.revision(ofTasksOf: owner)
        let key = AnswerCache.Key("list", owner.rawValue, request.uri, query.timeKey)
        if let entry = answers.entry(for: key, at: revision) {
            return entry.tag?.notModified(request) ?? entry.response
        }
        let path = request.route.route?.path ?? ""
        let tag = try TaskTag(owner, revision, "list", path, String(request.queryString), query.timeKey)
        if let response = tag.notModified(request) { return response }
        let response = try Self.response(
            try await tasks.list(for: owner, matching: query), of: owner, query, tag, request)
        answers.insert(response, tag: tag, for: key, at: revision)
        return response
    }

    static func response(
        _ rows: TaskRows, of owner: UserID, _ query: TaskQuery, _ tag: TaskTag, _ request: Request
    ) throws -> Response {
        var shown = 0
        var response = Response.json(.ok, headers: tag.headers, size: 384 * rows.count + 2 * rows.textSize + 64) {
            json in
            json.array { json in
                while shown < rows.count, json.count < Self.maximumListSize {
                    if query.filter.isInTrash {
                        json.trashedTask(rows[shown], of: owner)
                    } else {
                        json.task(rows[shown], of: owner)
                    }
                    shown += 1
                }
            }
        }
        if let cursor = rows.nextCursor(after: shown, in: query.order) {
            let parameters = try request.parameters(cursor: cursor, of: query)
            let url = "\(request.route.canonicalPath)?\(parameters)"
            response.headers.add(name: "link", value: "<\(url)>; rel=\"next\"")  // RFC 8288
        }
        return response
    }

    @Sendable private func create(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        var path = request.route.canonicalPath
        if path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        var line: QuickAdd?
        let draft = try await TaskDraft(request, in: zones) { text in
            let reader = TaskReader(
                owner: context.owner, locale: context.locale, now: now(), zones: zones, lists: lists)
            let found = try await reader.quickAdd(text)
            line = found.0
            return found
        }
        return try await Idempotency.answer(request) { [path, line] task in
            var response = try Self.response(.created, task, readFrom: line)
            response.headers.add(name: "location", value: "\(path)/\(task.id)")
            return response
        } write: { repeatable in
            try await tasks.create(draft, for: context.taskOwner, once: repeatable)
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
        if Self.isMergePatch(request) { return try await mergePatch(request, context) }
        return try await update(try TaskChanges(JSONBody(request), in: zones), request, context)
    }

    private func update(
        _ changes: TaskChanges, _ request: Request, _ context: some OwnerContext
    ) async throws -> Response {
        let id = try Self.taskID(context)
        do {
            let written = try await tasks.update(
                id, with: changes, for: context.taskOwner, if: request.condition(on: TaskItem.self))
            return try Self.response(.ok, written.value).offering(written.undo)
        } catch let conflict as ItemConflict<TaskItem> {
            return try conflict.response(request)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        do {
            let written = try await tasks.delete(id, for: context.taskOwner, if: request.condition(on: TaskItem.self))
            return Response(status: .noContent, headers: ["cache-control": "no-store"]).offering(written.undo)
        } catch let conflict as ItemConflict<TaskItem> {
            return try conflict.response(request)
        }
    }

    @Sendable private func restore(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        return try await Idempotency.answer(request) { task in
            try Self.response(.ok, UpdatedTask(task))
        } write: { repeatable in
            try await tasks.restore(id, for: context.taskOwner, once: repeatable)
        }
    }

    /// - Parameter line: nil for a task whose fields were sent.
    private static func response(
        _ status: HTTPResponseStatus, _ task: TaskItem, readFrom line: QuickAdd?
    ) throws -> Response {
        guard let line else { return try response(status, UpdatedTask(task)) }
        var response = Response.json(status) { $0.task(task, readFrom: line) }
        response.headers.add(name: "etag", value: try TaskTag(task).text)
        return response
    }

    /// The answer to a change, with the tag for the next one.
    static func response(_ status: HTTPResponseStatus, _ updated: UpdatedTask) throws -> Response {
        var response = Response.json(status) { $0.task(updated) }
        // The tag is that of the task alone.
        let tag =
            updated.completedInstance == nil
            ? try TaskTag(json: Array(response.body.readableBytesView)) : try TaskTag(updated.task)
        response.headers.add(name: "etag", value: tag.text)
        return response
    }

    /// An impossible id is treated as one that does not exist.
    static func taskID(_ context: some RequestContext) throws -> TaskID {
        guard let id = TaskID(untrusted: context.parameters["task_id"]) else { throw TaskService.noSuchTask }
        return id
    }
}
