import Domain
import HTTPServer

// The order by hand, a step at a time.
extension DashboardHandlers {
    @Sendable func move(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (fields, url) = try Self.form(request)
        guard let step = fields["step"].flatMap(Step.init(rawValue:)), url.isInOrder else {
            throw HTTPError(.badRequest, "A task is moved up or down, in a list that is in your order.")
        }
        return try await onTask(request, context, url) { id in
            let all = try await reader.tasks(at: url, for: context.user)
            guard let task = all.first(where: { $0.id == id }) else { throw TaskService.noSuchTask }
            // Subtasks have an order of their own below each parent.
            let rows = all.filter { $0.placement.parentID == task.placement.parentID }.map(\.id)
            guard let index = rows.firstIndex(of: id) else { throw TaskService.noSuchTask }
            let target = step == .up ? index - 1 : index + 1
            // At an end of the page it stays where it is.
            guard rows.indices.contains(target) else { return try await response(request, context, url, undo: nil) }
            var move = TaskMove()
            if step == .up { move.before = rows[target] } else { move.after = rows[target] }
            let outcome = try await tasks.move(id, move, for: context.user.taskOwner, if: nil, once: nil)
            return try await response(
                request, context, url.with { ($0.notice, $0.subject) = (.moved, id) }, undo: outcome.undo)
        }
    }

    private enum Step: String {
        case up, down
    }
}
