import Basics
import Calendar
import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// What is done to a task besides reading and writing its fields, and undoing. Under the account's own path only.
struct TaskActionsAPI: Sendable {
    let tasks: TaskService
    let zones: TimeZoneDatabase

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.post("tasks/{task_id}/complete", summary: "Complete a task", Self.completing, use: complete)
        group.post("tasks/{task_id}/skip", summary: "Skip a date of a repeating task", Self.skipping, use: skip)
        group.post("tasks/{task_id}/move", summary: "Move a task", Self.moving, use: move)
        group.post("undo", summary: "Undo a change", Self.undoing, use: undo)
    }

    @Sendable private func complete(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try TasksAPI.taskID(context)
        var body = try JSONBody(request, isOptional: true)
        let due = try body.calendarTime("due", in: zones)
        try body.finish()
        return try await answer(request) {
            try await tasks.complete(id, due: due, for: context.taskOwner, if: $0, once: $1)
        }
    }

    @Sendable private func skip(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try TasksAPI.taskID(context)
        var body = try JSONBody(request, isOptional: true)
        let due = try body.calendarTime("due", in: zones)
        try body.finish()
        return try await answer(request) {
            try await tasks.skip(id, due: due, for: context.taskOwner, if: $0, once: $1)
        }
    }

    @Sendable private func move(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let id = try TasksAPI.taskID(context)
        var body = try JSONBody(request)
        var move = TaskMove()
        move.listID = try body.listID("list_id")
        if body.has("parent_id") { move.parentID = Patch(try body.taskID("parent_id")) }
        move.before = try body.taskID("before")
        move.after = try body.taskID("after")
        if move.before != nil, move.after != nil {
            _ = try body.check("after") {
                throw AppError.invalid([FieldIssue("after", "Send either 'before' or 'after'.", .wrongValue)])
            }
        }
        try body.finish()
        return try await answer(request) { [move] in
            try await tasks.move(id, move, for: context.taskOwner, if: $0, once: $1)
        }
    }

    /// Answers with the task that `write` has changed.
    private func answer(
        _ request: Request,
        write: (ItemCondition<TaskItem>?, RepeatableWrite<UpdatedTask>?) async throws -> WriteOutcome<UpdatedTask>
    ) async throws -> Response {
        do {
            return try await Idempotency.answer(request) {
                try TasksAPI.response(.ok, $0)
            } write: {
                try await write(request.condition(on: TaskItem.self), $0)
            }
        } catch let conflict as ItemConflict<TaskItem> {
            return try conflict.response(request)
        }
    }

    @Sendable private func undo(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        var body = try JSONBody(request)
        let token = body.string("token")
        try body.finish()
        guard let id = UndoID(untrusted: token) else { throw TaskService.noSuchUndo }
        return try await Idempotency.answer(request) { report in
            Response.json(.ok) { $0.undoReport(report) }
        } write: {
            try await tasks.undo(id, for: context.taskOwner, once: $0)
        }
    }

    // MARK: Documentation

    private static func onTask(
        _ id: String, _ text: String, body: Body? = nil, parameters: [Parameter] = [.idempotencyKey],
        answers: [Answer] = []
    ) -> Operation {
        Operation(
            id, .tasks, text, parameters: [.path("task_id", .taskID)] + parameters, body: body,
            answers: [
                .json(.ok, "The task as it is now.", .updatedTask, headers: [.replayed, .etag, .undo]),
                .problem(.notFound, [TaskService.noSuchTask]), TaskOperations.keyWasUsed, TaskOperations.malformedKey,
                TaskOperations.noRoom,
            ] + answers)
    }

    private static let completing = onTask(
        "completeTask",
        "A task that repeats stays open and is due on its next date. With `due`, only that instance is completed: if the "
            + "task has another due date meanwhile, nothing changes.",
        body: .optionalJSON(.instance), parameters: [.ifMatch, .idempotencyKey], answers: [TaskOperations.conflict])

    private static let skipping = onTask(
        "skipTask",
        "It is due on its next date, and counts as not done on this one. With `due`, nothing changes if it is due on "
            + "another date meanwhile.",
        body: .optionalJSON(.instance), parameters: [.ifMatch, .idempotencyKey],
        answers: [
            TaskOperations.conflict,
            .invalid(FieldIssue("repeat", "Only an open task that repeats can skip a date.", .wrongValue)),
        ])

    private static let moving = onTask(
        "moveTask",
        "To another list, below another task, or to another place among its siblings: directly before or after one of "
            + "them.",
        body: .json(
            .request(
                "TaskMove", .optional("list_id", .listID.orNull()),
                .optional("parent_id", .taskID.orNull().showing(nil).saying("Null takes it out of its parent.")),
                .optional("before", .taskID.orNull()), .optional("after", .taskID.orNull().showing(nil)))),
        parameters: [.ifMatch, .idempotencyKey],
        answers: [
            TaskOperations.conflict,
            .invalid(FieldIssue("before", "There is no such task.", .wrongValue)),
        ])

    private static let undoing = Operation(
        "undo", .tasks,
        "Restores all that a change has changed, within a day. What was changed again since stays as it is, and is named "
            + "in `conflicts`. The response has a token of its own, which undoes the undoing.",
        parameters: [.idempotencyKey],
        body: .json(
            .request(
                "Undo",
                .required(
                    "token",
                    .text(1...128, "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3")
                        .saying("The `Latchkey-Undo` of a change.")))),
        answers: [
            .json(.ok, "Restored.", .undoReport, headers: [.replayed, .undo]),
            .problem(.notFound, [TaskService.noSuchUndo]), TaskOperations.keyWasUsed, TaskOperations.malformedKey,
            TaskOperations.noRoom,
        ])
}

extension JSONWriter {
    fileprivate mutating func undoReport(_ report: UndoReport) {
        object {
            $0.member("restored", Int64(report.restored))
            $0.name("conflicts")
            $0.array { json in
                for conflict in report.conflicts {
                    json.object {
                        $0.member("type", conflict.kind.rawValue)
                        $0.member("id", conflict.id)
                        $0.name("fields")
                        $0.array { json in for field in conflict.fields { json.string(field) } }
                        $0.member("restored", conflict.isPartial)
                    }
                }
            }
        }
    }
}

extension JSONSchema {
    fileprivate static let instance = JSONSchema.request(
        "Instance", .optional("due", calendarTime.orNull().saying("The due date as the client saw it.")))

    fileprivate static let undoReport = JSONSchema.answer(
        "UndoReport",
        .required("restored", .integer(0...1_000_000, 1).saying("The number of things that were restored.")),
        .required(
            "conflicts",
            .array(
                of: .answer(
                    nil, .required("type", .words(ItemKind.allCases.map(\.rawValue))),
                    .required("id", .string(1...128, "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3")),
                    .required(
                        "fields",
                        .array(of: .string("title")).saying(
                            "That were changed since; none if it is gone, still in use, or was new and has been changed."
                        )),
                    .required("restored", .boolean(true).saying("True if its other fields were restored."))))))
}
