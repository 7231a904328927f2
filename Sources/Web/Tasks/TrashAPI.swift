import Domain
import HTTPServer
import NIOHTTP1

/// Deleted tasks. Under the account's own path only.
struct TrashAPI: Sendable {
    let tasks: TaskService

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.get("trash", summary: "List deleted tasks", Self.listing, use: list)
        group.delete("trash", summary: "Empty the trash", Self.emptying, use: empty)
        group.delete("trash/{task_id}", summary: "Delete a task for good", Self.deleting, use: delete)
    }

    @Sendable private func list(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let owner = context.owner
        let revision = try await tasks.revision(ofTasksOf: owner)
        let tag = try TaskTag(owner, revision, "trash", String(request.queryString))
        let query = try TaskQuery(trash: request)
        if let response = tag.notModified(request) { return response }
        return try TasksAPI.response(
            try await tasks.list(for: owner, matching: query), of: owner, query, tag, request)
    }

    @Sendable private func empty(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        _ = try await tasks.emptyTrash(of: context.owner)
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }

    @Sendable private func delete(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        try await tasks.deleteForGood(try TasksAPI.taskID(context), for: context.taskOwner)
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }

    private static let listing = Operation(
        "listTrash", .tasks,
        "Last deleted first, for 30 days. `POST /api/tasks/{task_id}/restore` takes a task out of it.",
        parameters: [.limit, .cursor],
        answers: [
            .json(.ok, "The tasks.", .array(of: .trashedTask), headers: [.nextTasks, .etag]), .notModified,
            .wrongLimit(TaskQuery.limits),
        ])

    private static let emptying = Operation(
        "emptyTrash", .tasks, "For good: this cannot be undone.", answers: [.empty(.noContent, "The trash is empty.")]
    ).warning("All that is in your trash is deleted for good.")

    private static let deleting = Operation(
        "deleteForGood", .tasks, "With the subtasks that were deleted with it. This cannot be undone.",
        parameters: [.path("task_id", .taskID)],
        answers: [.empty(.noContent, "Deleted."), .problem(.notFound, [TaskService.noSuchTask])]
    ).warning("The task is deleted for good.")
}
