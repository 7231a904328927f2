import Basics
import Calendar
import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// One change to many tasks. Under the account's own path only.
struct BulkAPI: Sendable {
    let tasks: TaskService
    let lists: ListService
    let zones: TimeZoneDatabase
    let now: @Sendable () -> Timestamp

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.post("bulk", summary: "Change many tasks", Self.changing, use: change)
    }

    @Sendable private func change(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let bulk = try await read(request, context)
        do {
            return try await Idempotency.answer(request) { count in
                Response.json(.ok) { $0.object { $0.member("count", Int64(count)) } }
            } write: {
                try await tasks.change(bulk, for: context.taskOwner, once: $0)
            }
        } catch BulkRefusal.missing(let ids) {
            return Problem(Self.missing, requestID: request.id).jsonResponse(requestID: request.id) {
                $0.name("missing")
                $0.array { json in for id in ids { json.string(id.rawValue) } }
            }
        } catch BulkRefusal.unexpected(let count) {
            return Problem(Self.unexpected, requestID: request.id).jsonResponse(requestID: request.id) {
                $0.member("count", Int64(count))
            }
        }
    }

    // MARK: Reading

    private func read(_ request: Request, _ context: OwnTasksContext) async throws -> BulkChange {
        var body = try JSONBody(request)
        let selection = try await selection(&body, context)
        var changes = TaskChanges()
        if let set = body.optionalObject("set") {
            changes = try TaskChanges(setting: set, in: zones, &body)
            if changes.title != nil || !changes.description.isKept {
                body.note("set", "Title and description are set for one task at a time.")
            }
        }
        if body.optionalBool("complete") == true { changes.isCompleted = true }
        if let move = body.optionalObject("move") {
            var place = JSONBody(move)
            if place.has("list_id") {
                changes.listID = try place.listID("list_id") ?? .inbox
            } else {
                place.missing("list_id")
            }
            body.take(place)
        }
        if let tag = body.optionalObject("tag") {
            var names = JSONBody(tag)
            changes.addedTags = try names.names("add")
            changes.removedTags = try names.names("remove")
            body.take(names)
        }
        let deletes = body.optionalBool("delete") ?? false
        if deletes == !changes.isEmpty {
            body.note(
                "set",
                deletes
                    ? "Tasks are either changed or deleted."
                    : "Send one or more of set, complete, move and tag, or delete."
            )
        }
        try body.finish()
        guard let selection else {
            throw AppError.invalid([FieldIssue("ids", "Send 'ids', or 'filter' and 'expect', with values.", .missing)])
        }
        return BulkChange(selection, changes: changes, deletes: deletes)
    }

    private func selection(
        _ body: inout JSONBody, _ context: OwnTasksContext
    ) async throws -> BulkSelection? {
        guard body.has("ids") != body.has("filter") else {
            body.note("ids", "Send either 'ids' or 'filter'.")
            return nil
        }
        guard body.has("filter") else {
            let ids = try body.taskIDs("ids", atMost: BulkChange.maximumIDs)
            return ids.map { .ids($0) }
        }
        let expected = body.optionalInteger("expect", in: 0...Int64(BulkChange.maximumMatches))
        if !body.has("expect") { body.missing("expect") }
        guard let object = body.optionalObject("filter") else {
            body.note("filter", "Field 'filter' must be an object.")
            return nil
        }
        let fields = try body.check("filter") { try FormFields(object, allowing: Self.filterNames) }
        guard let fields, let expected else { return nil }
        do {
            let reader = TaskReader(
                owner: context.owner, locale: context.locale, now: now(), zones: zones, lists: lists)
            return .filter(try await TaskQuery(fields, for: reader).filter, expected: Int(expected))
        } catch let error as InvalidQuery {
            for issue in error.issues { body.note("filter", issue.message) }
            return nil
        }
    }

    private static let filterNames = ["view", "q", "list", "tag", "completed"]

    // MARK: Documentation

    private static let missing = HTTPError(
        .notFound, "Some of these tasks do not exist, see `missing`. Nothing was changed.")
    private static let unexpected = HTTPError(
        .conflict,
        "The filter matches another number of tasks: see `count`, which counts up to "
            + "\(BulkChange.maximumMatches + 1). Nothing was changed.")

    private static let changing = Operation(
        "changeTasks", .tasks,
        "All of them, or none: by their ids, at most \(BulkChange.maximumIDs), or by a filter, at most "
            + "\(BulkChange.maximumMatches), which must select as many as `expect` says. One token undoes it all.",
        parameters: [.idempotencyKey],
        body: .json(
            .request(
                "BulkChange",
                .optional("ids", .array(of: .taskID)),
                .optional(
                    "filter",
                    .request(
                        "BulkFilter", .optional("view", .words(TaskView.allCases.map(\.rawValue))),
                        .optional("q", .text(0...SearchQuery.maximumLength, "milk #errand")),
                        .optional("list", .listID), .optional("tag", .text(1...ItemName.maximumLength, "errand")),
                        .optional("completed", .boolean(false)))),
                .optional("expect", .integer(0...Int64(BulkChange.maximumMatches), 37)),
                .optional("set", .taskChanges.saying("As in a change of one task, but for title and description.")),
                .optional("complete", .boolean(true)),
                .optional("move", .request("BulkMove", .required("list_id", .listID))),
                .optional(
                    "tag", .request("BulkTags", .optional("add", .tagNames), .optional("remove", .tagNames))),
                .optional("delete", .boolean(false)))),
        answers: [
            .json(
                .ok, "Done.", .answer("BulkResult", .required("count", .integer(0...5000, 37))),
                headers: [.replayed, .undo]),
            refusal(.notFound, missing, "missing", .array(of: .taskID)),
            refusal(.conflict, unexpected, "count", .integer(0...10_000, 38)),
            .invalid(FieldIssue("ids", "Send either 'ids' or 'filter'.", .wrongValue)),
            TaskOperations.malformedKey, TaskOperations.tooFast, TaskOperations.noRoom,
        ])

    private static func refusal(
        _ status: HTTPResponseStatus, _ error: HTTPError, _ name: String, _ schema: JSONSchema
    ) -> Answer {
        var problem = JSONSchema(.object(JSONSchema.problem.properties + [.required(name, schema)], isClosed: true))
        problem.name = status == .conflict ? "UnexpectedCount" : "MissingTasks"
        return Answer(
            status: status, text: error.detail,
            contents: [
                Answer.Content(
                    type: "application/problem+json", schema: problem, examples: [(status.name, problem.sample)])
            ])
    }
}

extension FormFields {
    /// The members of an object as parameters.
    fileprivate init(_ object: JSONObject, allowing names: [String]) throws(AppError) {
        self.init()
        for (name, value) in object.members {
            let text: String
            switch value {
            case .string(let string): text = string
            case .bool(let bool): text = bool ? "true" : "false"
            default: throw Self.issue("has a member '\(name.prefix(20))' that is neither a string nor a boolean.")
            }
            guard names.contains(where: { $0.hasSameBytes(as: name) }) else {
                throw Self.issue("has no member '\(name.prefix(20))'.")
            }
            append(name, text)
        }
    }

    private static func issue(_ rule: String) -> AppError {
        .invalid([FieldIssue("filter", "Field 'filter' \(rule)", .wrongValue)])
    }
}
