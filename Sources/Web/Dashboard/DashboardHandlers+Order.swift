import Domain
import HTTPServer

// The order by hand: a step at a time, or to a place beside another task.
extension DashboardHandlers {
    @Sendable func move(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (fields, url) = try Self.form(request)
        guard url.isInOrder, let target = Target(fields) else {
            throw HTTPError(.badRequest, "A task is moved up or down, in a list that is in your order.")
        }
        return try await onTask(request, context, url) { id in
            let all = try await reader.tasks(at: url, for: context.user)
            guard let task = all.first(where: { $0.id == id }) else { throw TaskService.noSuchTask }
            // Subtasks have an order of their own below each parent.
            let rows = all.filter { $0.placement.parentID == task.placement.parentID }.map(\.id)
            guard let move = try target.move(of: id, among: rows) else {
                return try await response(request, context, url, undo: nil)
            }
            let outcome = try await tasks.move(id, move, for: context.user.taskOwner, if: nil, once: nil)
            return try await response(
                request, context, url.with { ($0.notice, $0.subject) = (.moved, id) }, undo: outcome.undo)
        }
    }

    /// The new place of a task.
    private enum Target {
        case up, down
        /// Directly before or after this task.
        case before(TaskID)
        case after(TaskID)

        init?(_ fields: FormFields) {
            if let step = fields["step"] {
                switch step {
                case "up": self = .up
                case "down": self = .down
                default: return nil
                }
            } else if let id = fields["before"].flatMap({ TaskID(untrusted: $0) }) {
                self = .before(id)
            } else if let id = fields["after"].flatMap({ TaskID(untrusted: $0) }) {
                self = .after(id)
            } else {
                return nil
            }
        }

        /// Nil for a task that stays where it is.
        /// - Parameter rows: the tasks that it can be put beside, in their order.
        /// - Throws: `AppError.notFound` if one of the two is not among them.
        func move(of id: TaskID, among rows: [TaskID]) throws -> TaskMove? {
            guard let index = rows.firstIndex(of: id) else { throw TaskService.noSuchTask }
            var move = TaskMove()
            switch self {
            // At an end of the page it stays.
            case .up where index == rows.startIndex: return nil
            case .down where index == rows.endIndex - 1: return nil
            case .up: move.before = rows[index - 1]
            case .down: move.after = rows[index + 1]
            case .before(let other): move.before = other
            case .after(let other): move.after = other
            }
            guard let beside = move.before ?? move.after, rows.contains(beside) else { throw TaskService.noSuchTask }
            return beside == id ? nil : move
        }
    }
}
