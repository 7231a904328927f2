import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// Tags of tasks.
struct TagsAPI: Sendable {
    let lists: ListService
    let tasks: TaskService

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.get("tags", summary: "List the tags", Self.listing, use: all)
        group.post("tags", summary: "Add a tag", Self.creating, use: create)
        group.get("tags/{tag_id}", summary: "Read a tag", Self.reading, use: read)
        group.patch("tags/{tag_id}", summary: "Rename a tag", Self.renaming, use: rename)
        group.delete("tags/{tag_id}", summary: "Delete a tag", Self.deleting, use: delete)
    }

    @Sendable private func all(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let tag = try TaskTag(context.owner, try await tasks.revision(ofTasksOf: context.owner), "tags")
        return Response.all(try await lists.tags(of: context.owner), tag, request)
    }

    @Sendable private func create(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        var body = try JSONBody(request)
        let name = try body.name()
        try body.finish()
        guard let name else { throw AppError.invalid([]) }
        return try await Idempotency.answer(request) { tag in
            try .changed(.created, tag, location: "/api/tags/\(tag.id)")
        } write: {
            try await lists.createTag(name, for: context.taskOwner, once: $0)
        }
    }

    @Sendable private func read(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.tagID(context)
        guard let tag = try await lists.tags(of: context.owner).first(where: { $0.id == id }) else {
            throw ListService.noSuchTag
        }
        return try .found(tag, request)
    }

    @Sendable private func rename(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.tagID(context)
        var body = try JSONBody(request)
        let name = try body.name()
        try body.finish()
        guard let name else { throw AppError.invalid([]) }
        do {
            let written = try await lists.rename(
                id, to: name, for: context.taskOwner, if: request.condition(on: Tag.self))
            return try Response.changed(.ok, written.value).offering(written.undo)
        } catch let conflict as ItemConflict<Tag> {
            return try conflict.response(request)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try Self.tagID(context)
        do {
            let written = try await lists.delete(id, for: context.taskOwner, if: request.condition(on: Tag.self))
            return Response(status: .noContent, headers: ["cache-control": "no-store"]).offering(written.undo)
        } catch let conflict as ItemConflict<Tag> {
            return try conflict.response(request)
        }
    }

    private static func tagID(_ context: OwnTasksContext) throws -> TagID {
        guard let id = TagID(untrusted: context.parameters["tag_id"]) else { throw ListService.noSuchTag }
        return id
    }

    // MARK: Documentation

    private static let listing = Operation(
        "listTags", .lists, "By name. A tag is made when a task gets it, or here.",
        answers: [.json(.ok, "The tags.", .array(of: .tag), headers: [.etag]), .notModified])

    private static let creating = Operation(
        "createTag", .lists, "Names are unique, whatever their case.", parameters: [.idempotencyKey],
        body: .json(.request("TagDraft", .required("name", .itemName("errand")))),
        answers: [
            .json(.created, "The tag.", .tag, headers: [.location, .replayed, .etag, .undo]), .nameTaken("tag"),
            TaskOperations.keyWasUsed, TaskOperations.malformedKey, TaskOperations.tooFast, TaskOperations.noRoom,
        ])

    private static let reading = onTag(
        "readTag", answers: [.json(.ok, "The tag.", .tag, headers: [.etag]), .notModified])

    private static let renaming = onTag(
        "renameTag", "On its tasks too.", parameters: [.ifMatch],
        body: .json(.request("TagChanges", .required("name", .itemName("errand")))),
        answers: [
            .json(.ok, "The tag as it is now.", .tag, headers: [.etag, .undo]),
            .conflict(.conflict("TagConflict", .tag)),
            .nameTaken("tag"),
        ])

    private static let deleting = onTag(
        "deleteTag", "It is taken off its tasks.", parameters: [.ifMatch],
        answers: [.empty(.noContent, "Deleted.", headers: [.undo]), .conflict(.conflict("TagConflict", .tag))])

    private static func onTag(
        _ id: String, _ text: String = "", parameters: [Parameter] = [], body: Body? = nil, answers: [Answer]
    ) -> Operation {
        Operation(
            id, .lists, text, parameters: [.path("tag_id", .taskID)] + parameters, body: body,
            answers: answers + [.problem(.notFound, [ListService.noSuchTag])])
    }
}

extension Tag: StoredItem {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.rawValue)
            $0.member("name", name.text)
            $0.member("created_at", createdAt)
            $0.member("updated_at", updatedAt)
        }
    }
}

extension JSONSchema {
    static let tag = JSONSchema.answer(
        "Tag",
        .required("id", .taskID),
        .required("name", .string(1...ItemName.maximumLength, "errand")),
        .required("created_at", .time),
        .required("updated_at", .time))
}
