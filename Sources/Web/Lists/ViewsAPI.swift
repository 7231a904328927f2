import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// Saved views: the parameters of a list of tasks under a name.
struct ViewsAPI: Sendable {
    let lists: ListService
    let tasks: TaskService
    /// The context in which a view's query is checked.
    let reader: @Sendable (OwnTasksContext) -> TaskReader

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.get("views", summary: "List the saved views", Self.listing, use: all)
        group.post("views", summary: "Save a view", Self.creating, use: create)
        group.get("views/{view_id}", summary: "Read a saved view", Self.reading, use: read)
        group.patch("views/{view_id}", summary: "Change a saved view", Self.changing, use: change)
        group.delete("views/{view_id}", summary: "Delete a saved view", Self.deleting, use: delete)
    }

    @Sendable private func all(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let tag = try TaskTag(context.owner, try await tasks.revision(ofTasksOf: context.owner), "views")
        return Response.all(try await lists.views(of: context.owner), tag, request)
    }

    @Sendable private func create(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        var body = try JSONBody(request)
        let name = try body.name()
        let query = try await query(&body, context)
        try body.finish()
        guard let name else { throw AppError.invalid([]) }
        return try await Idempotency.answer(request) { view in
            try .changed(.created, view, location: "/api/views/\(view.id)")
        } write: {
            try await lists.createView(name, query: query, for: context.taskOwner, once: $0)
        }
    }

    @Sendable private func read(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.viewID(context)
        guard let view = try await lists.views(of: context.owner).first(where: { $0.id == id }) else {
            throw ListService.noSuchView
        }
        return try .found(view, request)
    }

    @Sendable private func change(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.viewID(context)
        var body = try JSONBody(request)
        let name = body.has("name") ? try body.name() : nil
        let query = body.has("query") ? try await query(&body, context) : nil
        try body.finish()
        do {
            let written = try await lists.update(
                id, name: name, query: query, for: context.taskOwner, if: request.condition(on: SavedView.self))
            return try Response.changed(.ok, written.value).offering(written.undo)
        } catch let conflict as ItemConflict<SavedView> {
            return try conflict.response(request)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.viewID(context)
        do {
            let written = try await lists.delete(
                id, for: context.taskOwner, if: request.condition(on: SavedView.self))
            return Response(status: .noContent, headers: ["cache-control": "no-store"]).offering(written.undo)
        } catch let conflict as ItemConflict<SavedView> {
            return try conflict.response(request)
        }
    }

    /// The query of a view, which must be one that a list takes.
    private func query(_ body: inout JSONBody, _ context: OwnTasksContext) async throws -> String {
        let text = body.string("query")
        do {
            guard text.utf8.count <= SavedView.maximumQueryLength else { throw Self.wrongQuery("is too long.") }
            guard !text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else {
                throw Self.wrongQuery("must be percent-encoded.")
            }
            let fields = try FormFields(urlEncoded: text.utf8)
            for (name, _) in fields.pairs where !["view", "q", "list", "tag", "completed", "sort"].contains(name) {
                throw Self.wrongQuery("has no parameter '\(name.prefix(20))'.")
            }
            _ = try await TaskQuery(fields, for: reader(context))
        } catch let error as InvalidQuery {
            _ = try body.check("query") {
                throw AppError.invalid(error.issues.map { FieldIssue("query", $0.message, $0.kind) })
            }
        } catch let error as HTTPError {
            _ = try body.check("query") { throw AppError.invalid([FieldIssue("query", error.detail, .wrongValue)]) }
        } catch let error as AppError {
            _ = try body.check("query") { throw error }
        }
        return text
    }

    private static func wrongQuery(_ rule: String) -> AppError {
        .invalid([FieldIssue("query", "Field 'query' \(rule)", .wrongValue)])
    }

    private static func viewID(_ context: OwnTasksContext) throws -> ViewID {
        guard let id = ViewID(untrusted: context.parameters["view_id"]) else { throw ListService.noSuchView }
        return id
    }

    // MARK: Documentation

    private static let listing = Operation(
        "listViews", .lists, "In the order in which they were saved.",
        answers: [.json(.ok, "The views.", .array(of: .view), headers: [.etag]), .notModified])

    private static let creating = Operation(
        "createView", .lists, "Names are unique, whatever their case.", parameters: [.idempotencyKey],
        body: .json(
            .request("ViewDraft", .required("name", .itemName("Errands today")), .required("query", .viewQuery))),
        answers: [
            .json(.created, "The view.", .view, headers: [.location, .replayed, .etag, .undo]), .nameTaken("view"),
            TaskOperations.keyWasUsed, TaskOperations.malformedKey, TaskOperations.tooFast, TaskOperations.noRoom,
        ])

    private static let reading = onView(
        "readView", answers: [.json(.ok, "The view.", .view, headers: [.etag]), .notModified])

    private static let changing = onView(
        "changeView", "What is left out stays as it is.", parameters: [.ifMatch],
        body: .json(
            .request("ViewChanges", .optional("name", .itemName("Errands today")), .optional("query", .viewQuery))),
        answers: [
            .json(.ok, "The view as it is now.", .view, headers: [.etag, .undo]),
            .conflict(.conflict("ViewConflict", .view)), .nameTaken("view"),
        ])

    private static let deleting = onView(
        "deleteView", parameters: [.ifMatch],
        answers: [.empty(.noContent, "Deleted.", headers: [.undo]), .conflict(.conflict("ViewConflict", .view))])

    private static func onView(
        _ id: String, _ text: String = "", parameters: [Parameter] = [], body: Body? = nil, answers: [Answer]
    ) -> Operation {
        Operation(
            id, .lists, text, parameters: [.path("view_id", .taskID)] + parameters, body: body,
            answers: answers + [.problem(.notFound, [ListService.noSuchView])])
    }
}

extension SavedView: StoredItem {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.rawValue)
            $0.member("name", name.text)
            $0.member("query", query)
            $0.member("created_at", createdAt)
            $0.member("updated_at", updatedAt)
        }
    }
}

extension JSONSchema {
    fileprivate static let viewQuery = JSONSchema.string(pattern: "^[!-~]*$", 0...2000, "view=today&tag=errand")
        .saying("The parameters of `GET /api/tasks`, percent-encoded, without `limit` and `cursor`.")

    static let view = JSONSchema.answer(
        "View",
        .required("id", .taskID),
        .required("name", .string(1...ItemName.maximumLength, "Errands today")),
        .required("query", .string(0...2000, "view=today&tag=errand")),
        .required("created_at", .time),
        .required("updated_at", .time))
}
