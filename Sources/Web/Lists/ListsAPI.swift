import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// Lists of tasks. Under the account's own path only, like tags and saved views.
struct ListsAPI: Sendable {
    let lists: ListService
    let tasks: TaskService

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.get("lists", summary: "List the lists", Self.listing, use: all)
        group.post("lists", summary: "Add a list", Self.creating, use: create)
        group.get("lists/{list_id}", summary: "Read a list", Self.reading, use: read)
        group.patch("lists/{list_id}", summary: "Change a list", Self.changing, use: change)
        group.delete("lists/{list_id}", summary: "Delete a list", Self.deleting, use: delete)
    }

    @Sendable private func all(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let tag = try TaskTag(context.owner, try await tasks.revision(ofTasksOf: context.owner), "lists")
        return Response.all(try await lists.lists(of: context.owner), tag, request)
    }

    @Sendable private func create(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        var body = try JSONBody(request)
        let name = try body.name()
        let color = try body.color() ?? .gray
        try body.finish()
        guard let name else { throw AppError.invalid([]) }
        return try await Idempotency.answer(request) { list in
            try .changed(.created, list, location: "/api/lists/\(list.id)")
        } write: {
            try await lists.create(name, color: color, for: context.taskOwner, once: $0)
        }
    }

    @Sendable private func read(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.listID(context)
        guard let list = try await lists.lists(of: context.owner).first(where: { $0.id == id }) else {
            throw ListService.noSuchList
        }
        return try .found(list, request)
    }

    @Sendable private func change(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.listID(context)
        var body = try JSONBody(request)
        var changes = ListChanges()
        if body.has("name") { changes.name = try body.name() }
        if body.has("color") { changes.color = try body.color() }
        changes.isArchived = body.optionalBool("archived")
        changes.before = try body.listID("before")
        changes.after = try body.listID("after")
        if changes.before != nil, changes.after != nil { body.note("after", "Send either 'before' or 'after'.") }
        try body.finish()
        do {
            let written = try await lists.update(
                id, with: changes, for: context.taskOwner, if: request.condition(on: TaskList.self))
            return try Response.changed(.ok, written.value).offering(written.undo)
        } catch let conflict as ItemConflict<TaskList> {
            return try conflict.response(request)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.listID(context)
        do {
            let written = try await lists.delete(
                id, for: context.taskOwner, if: request.condition(on: TaskList.self))
            return Response(status: .noContent, headers: ["cache-control": "no-store"]).offering(written.undo)
        } catch let conflict as ItemConflict<TaskList> {
            return try conflict.response(request)
        }
    }

    private static func listID(_ context: OwnTasksContext) throws -> ListID {
        guard let id = ListID(untrusted: context.parameters["list_id"]) else { throw ListService.noSuchList }
        return id
    }

    // MARK: Documentation

    private static let listing = Operation(
        "listLists", .lists, "The Inbox first, then the others in the order by hand, archived ones too.",
        answers: [.json(.ok, "The lists.", .array(of: .list), headers: [.etag]), .notModified])

    private static let creating = Operation(
        "createList", .lists, "It comes last. Names are unique, whatever their case.", parameters: [.idempotencyKey],
        body: .json(
            .request(
                "ListDraft", .required("name", .itemName("Groceries")),
                .optional("color", .color.orNull().saying("Gray if left out.")))),
        answers: [
            .json(.created, "The list.", .list, headers: [.location, .replayed, .etag, .undo]), .nameTaken("list"),
            TaskOperations.keyWasUsed, TaskOperations.malformedKey, TaskOperations.tooFast, TaskOperations.noRoom,
        ])

    private static let reading = onList(
        "readList", answers: [.json(.ok, "The list.", .list, headers: [.etag]), .notModified])

    private static let changing = onList(
        "changeList",
        "What is left out stays as it is. `before` and `after` move it beside another list. The Inbox stays first, and "
            + "cannot be archived.",
        parameters: [.ifMatch],
        body: .json(
            .request(
                "ListChanges", .optional("name", .itemName("Groceries")), .optional("color", .color.orNull()),
                .optional("archived", .boolean(true)), .optional("before", .listID.orNull().showing(nil)),
                .optional("after", .listID.orNull().showing(nil)))),
        answers: [
            .json(.ok, "The list as it is now.", .list, headers: [.etag, .undo]),
            .conflict(.conflict("ListConflict", .list)),
            .nameTaken("list"),
        ])

    private static let deleting = onList(
        "deleteList", "Its tasks go into the trash. The Inbox cannot be deleted.", parameters: [.ifMatch],
        answers: [
            .empty(.noContent, "Deleted.", headers: [.undo]), .conflict(.conflict("ListConflict", .list)),
            .problem(.forbidden, [AppError.forbidden("The Inbox cannot be deleted.")]),
        ])

    private static func onList(
        _ id: String, _ text: String = "", parameters: [Parameter] = [], body: Body? = nil, answers: [Answer]
    ) -> Operation {
        Operation(
            id, .lists, text, parameters: [.path("list_id", .listID)] + parameters, body: body,
            answers: answers + [.problem(.notFound, [ListService.noSuchList])])
    }
}

extension TaskList: StoredItem {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.rawValue)
            $0.member("name", name.text)
            $0.member("color", color.rawValue)
            $0.member("position", position.rawValue)
            $0.member("archived", isArchived)
            $0.member("inbox", isInbox)
            $0.member("created_at", createdAt)
            $0.member("updated_at", updatedAt)
        }
    }
}

extension JSONBody {
    /// Nil after an issue was noted.
    mutating func name() throws -> ItemName? {
        let text = string("name")
        return try check("name") { try ItemName(text) }
    }

    /// Nil for null, and after an issue was noted.
    fileprivate mutating func color() throws -> ListColor? {
        guard let text = optionalString("color") else { return nil }
        return try check("color") {
            guard let color = ListColor(rawValue: text) else {
                let names = ListColor.allCases.map(\.rawValue).joined(separator: ", ")
                throw AppError.invalid([FieldIssue("color", "Field 'color' must be one of \(names).", .wrongValue)])
            }
            return color
        }
    }
}

extension JSONSchema {
    fileprivate static let color = JSONSchema.words(ListColor.allCases.map(\.rawValue))

    static let list = JSONSchema.answer(
        "List",
        .required("id", .listID),
        .required("name", .string(1...ItemName.maximumLength, "Groceries")),
        .required("color", color),
        .required(
            "position", .string(pattern: "^[0-9a-z]*$", "i").saying("Sorts among the lists, as a text.")),
        .required("archived", .boolean(false)),
        .required("inbox", .boolean(true).saying("True for the list that each account has.")),
        .required("created_at", .time),
        .required("updated_at", .time))
}

extension Answer {
    static func nameTaken(_ thing: String) -> Answer {
        .invalid(FieldIssue("name", "A \(thing) with this name already exists.", .wrongValue))
    }
}
