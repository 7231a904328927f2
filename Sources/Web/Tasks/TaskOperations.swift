import Domain
import HTTPServer

/// The requests and responses of the handlers of `TasksAPI`, at one of the paths where they are mounted.
struct TaskOperations {
    let mount: (suffix: String, parameters: [String])

    func list(_ collection: String) -> Operation {
        mounted(
            Operation(
                "listTasks", .tasks, "Pages of up to `limit` tasks; the next one's address is in the `Link` header.",
                parameters: [
                    .query(
                        "view",
                        .words(TaskView.allCases.map(\.rawValue)).saying(
                            "`today` has what is overdue as well, `anytime` what is open and has no due date. Days are "
                                + "those of the account's time zone.")),
                    .query(
                        "q",
                        .string(0...SearchQuery.maximumLength, "milk #errand is:open").saying(
                            "Words, of which the beginnings are enough, and filters among them: `#tag`, `list:name`, "
                                + "`due:today`, `due:2026-12-24`, `is:done`, `has:description`, `priority:high`.")),
                    .query(
                        "list", .listID.saying("The id of a list; in the order by hand unless `sort` says otherwise.")),
                    .query("tag", .string(1...ItemName.maximumLength, "errand").saying("The name of a tag.")),
                    .query("completed", .boolean(false).saying("Only those that are completed, or only open ones.")),
                    .query(
                        "sort",
                        .words(TaskOrder.indexed.map(\.name)).standardly(.string(TaskOrder.newestFirst.name))
                            .saying(
                                "The sort key; a leading `-` sorts in descending order. `position` is the order by hand, "
                                    + "of a single list; `due` has tasks without a date last, `priority` the highest first."
                            )),
                    .limit, .cursor,
                ],
                answers: [
                    .json(
                        .ok, "The tasks.", .array(of: .task), headers: [.nextTasks, .etag],
                        links: Self.links("$response.body#/0/id")),
                    .notModified,
                    .wrongLimit(TaskQuery.limits),
                ]), collection)
    }

    func create(_ collection: String) -> Operation {
        mounted(
            Operation(
                "createTask", .tasks,
                "With `quick`, the title is read as a line of quick add, as `/api/tasks/parse` does.",
                parameters: [.idempotencyKey], body: .json(.taskDraft),
                answers: [
                    .json(
                        .created, "The task is on disk.", .createdTask, headers: [.location, .replayed, .etag, .undo],
                        links: Self.links("$response.body#/id")),
                    Self.invalid, Self.keyWasUsed, Self.malformedKey, Self.noRoom, Self.tooFast,
                ]), collection)
    }

    var read: Operation {
        onTask(
            Operation("readTask", .tasks, answers: [.json(.ok, "The task.", .task, headers: [.etag]), .notModified]))
    }

    var replace: Operation {
        onTask(
            Operation(
                "replaceTask", .tasks,
                "Of title, description and completed, what is left out is reset; the rest is kept.",
                parameters: [.ifMatch], body: .json(.taskReplacement),
                answers: [
                    .json(.ok, "The task as it is now.", .updatedTask, headers: [.etag, .undo]), Self.conflict,
                    Self.invalid,
                    Self.noRoom, Self.tooFast,
                ]))
    }

    var change: Operation {
        onTask(
            Operation(
                "changeTask", .tasks, "What is left out stays as it is.",
                parameters: [.ifMatch], body: .json(.taskChanges),
                answers: [
                    .json(.ok, "The task as it is now.", .updatedTask, headers: [.etag, .undo]), Self.conflict,
                    Self.invalid,
                    Self.noRoom, Self.tooFast,
                ]))
    }

    var delete: Operation {
        onTask(
            Operation(
                "deleteTask", .tasks, "It can be restored for 30 days, or until the account needs the room.",
                parameters: [.ifMatch],
                answers: [
                    Self.conflict,
                    .empty(
                        .noContent, "Deleted.", headers: [.undo],
                        links: [
                            .init(
                                name: "Take it back", operation: "restoreTask",
                                parameters: [("task_id", "$request.path.task_id")])
                        ]),
                ]))
    }

    var restore: Operation {
        onTask(
            Operation(
                "restoreTask", .tasks, "Within 30 days of its deletion; a task that was not deleted is 404.",
                parameters: [.idempotencyKey],
                answers: [
                    .json(.ok, "The task as it was.", .task, headers: [.replayed, .etag, .undo]), Self.keyWasUsed,
                    Self.malformedKey,
                ]))
    }

    /// The follow-up operations of a task whose id is at `id` in the response.
    private static func links(_ id: String) -> [Answer.Link] {
        [
            ("Read it", "readTask"), ("Replace it", "replaceTask"), ("Change it", "changeTask"),
            ("Delete it", "deleteTask"),
        ].map { .init(name: $0.0, operation: $0.1, parameters: [("task_id", id)]) }
    }

    private static let invalid = Answer.invalid(FieldIssue("title", "Enter a title.", .tooShort))
    static let conflict = Answer.conflict(.taskConflict)
    static let keyWasUsed = Answer.problem(.unprocessableEntity, [Idempotency.keyWasUsed])
    static let malformedKey = Answer.problem(.badRequest, [Idempotency.malformed])
    static let noRoom = Answer.problem(.insufficientStorage, [AllowanceRules.quotaRefusal(of: 256 << 20)])
    static let tooFast = Answer.problem(.tooManyRequests, [AppError.writesTooFast(retryAfterSeconds: 5)])

    private func onTask(_ operation: Operation) -> Operation {
        var operation = operation
        operation.parameters.insert(.path("task_id", .taskID), at: 0)
        operation.answers.append(.problem(.notFound, [TaskService.noSuchTask]))
        return mounted(operation)
    }

    private func mounted(_ operation: Operation, _ collection: String = "") -> Operation {
        operation.mounted(
            as: mount.suffix + (collection == "/" ? "Slash" : ""), linkingTo: mount.suffix, passing: mount.parameters)
    }
}

extension Parameter {
    static let ifMatch = Parameter.header(
        "If-Match", .string("*").saying("An `ETag` of it: it is changed in that state only."))
    static let idempotencyKey = Parameter.header(
        "Idempotency-Key",
        .string(
            pattern: "^[!#-~]([ !#-~]*[!#-~])?$", 1...Idempotency.maximumLength, "8e03978e-40d5-43dd-bc93-6894a57f9324"
        )
        .saying("The request takes effect once, however often it is sent with this key within 7 days."))
}

extension Parameter {
    static let limit = Parameter.query(
        "limit",
        .integer(Int64(TaskQuery.limits.lowerBound)...Int64(TaskQuery.limits.upperBound), 20)
            .standardly(.integer(Int64(TaskQuery.defaultLimit))))
    static let cursor = Parameter.query(
        "cursor",
        .string(1...512, "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3").saying("The place as the `Link` header has it."))
}

extension Answer {
    static func wrongLimit(_ range: ClosedRange<Int>) -> Answer {
        .problem(.unprocessableEntity, [InvalidQuery(issues: [.limit(range)])])
    }
}

extension Answer.Header {
    static let undo = Answer.Header(
        name: "Latchkey-Undo",
        schema: .taskID.saying("Undoes the change for a day, see `/api/undo`. Not there if nothing was changed."),
        isRequired: false)
    static let replayed = Answer.Header(
        name: "Idempotency-Replayed",
        schema: .string(pattern: "^true$", "true").saying("The request was carried out before, and nothing now."),
        isRequired: false)
    static let nextTasks = nextPage("/api/tasks?limit=20&cursor=0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3")
    static let location = Answer.Header(
        name: "Location",
        schema: .string("/api/tasks/0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3").saying("Its own address."))
}
