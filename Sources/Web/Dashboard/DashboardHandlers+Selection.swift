import Basics
import Calendar
import Domain
import HTTPServer

// One change to the tasks that were selected on a page, with one undo.
extension DashboardHandlers {
    @Sendable func changeSelected(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let fields = try request.form()
        let url = DashboardURL(returning: fields["here"])
        let ids = fields.pairs.filter { $0.name == "task" }.compactMap { TaskID(untrusted: $0.value) }
        guard !ids.isEmpty else {
            return .seeOther(url.with { ($0.isSelecting, $0.notice) = (true, .nothingSelected) }.text)
        }
        do {
            let (change, notice) = try Self.change(ids, fields)
            // A form that the page's script sends again, because no answer came, takes effect once.
            let once: RepeatableWrite<Int>? = try Idempotency.repeatable(request, fields) { String($0) }
            let (count, undo) = try await apply(change, for: context.user.taskOwner, once: once)
            return .seeOther(
                url.with {
                    ($0.notice, $0.count, $0.undo) = (count == 0 ? .gone : notice, count == 0 ? nil : count, undo)
                }.text)
        } catch let error as AppError {
            guard let refusal = FormRefusal(error, request) else { throw error }
            var page = try await page(at: url.with { $0.isSelecting = true }, context)
            page.selection?.error = refusal.sentence
            for id in ids { page.changeRow(id) { $0.isSelected = true } }
            return try refusal.response(page, pages)
        }
    }

    private static func change(
        _ ids: [TaskID], _ fields: FormFields
    ) throws -> (BulkChange, DashboardURL.Notice) {
        var change = BulkChange(.ids(ids))
        switch fields["action"] {
        case "complete":
            change.changes.isCompleted = true
            return (change, .completed)
        case "delete":
            change.deletes = true
            return (change, .deleted)
        case "move":
            guard let list = ListID(untrusted: fields["list_id"] ?? "") else { throw ListService.noSuchList }
            change.changes.listID = list
            return (change, .moved)
        case "due":
            let text = fields["due_date"] ?? ""
            let date = CalendarDate(text)
            guard text.isEmpty || date != nil else {
                throw AppError.invalid([FieldIssue("due", "Enter a day, or none to take the date away.", .wrongValue)])
            }
            change.changes.due = Patch(date.map { .day($0) })
            return (change, .planned)
        case "tag":
            change.changes.addedTags = [try ItemName(fields["tag"] ?? "")]
            return (change, .tagged)
        default: throw HTTPError(.badRequest, "Choose what to do with the selected tasks.")
        }
    }

    /// Changes those that are still there.
    private func apply(
        _ change: BulkChange, for owner: TaskOwner, once: RepeatableWrite<Int>?
    ) async throws -> (count: Int, undo: UndoID?) {
        do {
            switch try await tasks.change(change, for: owner, once: once) {
            case .done(let written): return (written.value, written.undo)
            case .repeated(let answer):
                try Idempotency.check(answer, repeats: once)
                return (answer.location.flatMap { Int($0) } ?? 0, answer.undo.flatMap { UndoID(untrusted: $0) })
            }
        } catch BulkRefusal.missing(let missing) {
            guard case .ids(let ids) = change.selection else { throw TaskService.noSuchTask }
            let rest = ids.filter { !missing.contains($0) }
            guard !rest.isEmpty, rest.count < ids.count else { return (0, nil) }
            var change = change
            change.selection = .ids(rest)
            return try await apply(change, for: owner, once: once)
        }
    }
}
