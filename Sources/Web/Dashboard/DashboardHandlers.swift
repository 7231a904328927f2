import Auth
import Basics
import Calendar
import Domain
import HTTPServer
import NIOHTTP1

/// The task list in a browser: one page, and a form for every action on a task.
struct DashboardHandlers: Sendable {
    let tasks: TaskService
    let lists: ListService
    let pages: PageRenderer
    let answers: AnswerCache
    let zones: TimeZoneDatabase
    let reader: DashboardReader
    let isHTTPS: Bool

    init(
        tasks: TaskService, lists: ListService, pages: PageRenderer, answers: AnswerCache, zones: TimeZoneDatabase,
        isHTTPS: Bool, now: @escaping @Sendable () -> Timestamp
    ) {
        self.isHTTPS = isHTTPS
        (self.tasks, self.lists, self.pages, self.answers, self.zones) = (tasks, lists, pages, answers, zones)
        reader = DashboardReader(tasks: tasks, lists: lists, pages: pages, zones: zones, now: now)
    }

    func addRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.get("dashboard", summary: "The list", use: show)
        site.post("tasks", summary: "Add a task", use: add)
        site.post("tasks/selected", summary: "Change the selected tasks", use: changeSelected)
        site.post("tasks/{task_id}", summary: "Change a task", use: save)
        site.post("tasks/{task_id}/complete", summary: "Complete a task", use: complete)
        site.post("tasks/{task_id}/reopen", summary: "Reopen a task", use: reopen)
        site.post("tasks/{task_id}/move", summary: "Move a task within its list", use: move)
        site.post("tasks/{task_id}/delete", summary: "Delete a task", use: delete)
        site.post("tasks/{task_id}/restore", summary: "Restore a deleted task", use: restore)
        site.post("tasks/{task_id}/delete-for-good", summary: "Delete a task for good", use: deleteForGood)
        site.post("trash/empty", summary: "Empty the trash", use: emptyTrash)
        site.post("undo", summary: "Undo a change", use: undo)
        site.post("views", summary: "Save a view", use: saveView)
        site.post("views/{view_id}/delete", summary: "Delete a saved view", use: deleteView)
        site.post("lists", summary: "Add a list", use: addList)
        site.post("lists/{list_id}", summary: "Change a list", use: saveList)
        site.post("lists/{list_id}/delete", summary: "Delete a list and its tasks", use: deleteList)
    }

    @Sendable private func show(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let user = context.user
        // Read first, so that a page is never older than its tag says.
        let revision = try await tasks.revision(ofTasksOf: user.id)
        let taskReader = reader.reader(for: user)
        let clock = taskReader.clock
        let mayKeep = context.session.isRemembered && request.canForget(isHTTPS: isHTTPS)
        let key = AnswerCache.Key(
            "dashboard", user.id.rawValue, mayKeep ? "kept" : "", context.csrfSubject, user.shownName,
            user.appearance.rawValue,
            user.isAdmin ? "admin" : "user", user.resetReadyAt?.rfc3339 ?? "",
            user.locale.timeZone ?? "", user.locale.language ?? "", pages.assetsURL, request.uri)
        if let entry = answers.entry(for: key, at: revision, clock) {
            return entry.tag?.notModified(request) ?? entry.response
        }
        let url = DashboardURL(try request.query())
        var page = try await reader.page(at: url, for: user, in: context.session, by: taskReader)
        page.sequence = revision.sequence
        var response = try pages.response(page)
        let tag = mayKeep ? try TaskTag(user.id, page: response.body) : nil
        for (name, value) in tag?.headers ?? [:] { response.headers.replaceOrAdd(name: name, value: value) }
        answers.insert(response, tag: tag, for: key, at: revision, during: page.validity(at: url, from: clock))
        return tag?.notModified(request) ?? response
    }

    func page(at url: DashboardURL, _ context: SignedInPageContext) async throws -> DashboardPage {
        try await reader.page(at: url, for: context.user, in: context.session)
    }

    // MARK: Tasks

    /// The input, and the page to return to, on which tasks may be being selected.
    static func form(_ request: Request) throws -> (FormFields, DashboardURL) {
        let fields = try request.form()
        return (fields, DashboardURL(returning: fields["here"]).with { $0.isSelecting = fields["select"] == "on" })
    }

    @Sendable private func add(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (fields, url) = try Self.form(request)
        let form = TaskForm { fields[$0] }
        do {
            let reader = reader.reader(for: context.user)
            var draft = try await form.draft(
                in: zones, reading: fields["quick"] == nil ? nil : { try await reader.quickAdd($0) })
            if url.view == .today, url.isWhole, draft.content.due == nil { draft.content.due = .day(reader.clock.date) }
            if let tag = url.tag.flatMap({ try? ItemName($0) }) {
                draft.content.tags = draft.content.tags.adding([tag])
            }
            let (id, undo) = try await create(draft, request, fields, for: context.user.taskOwner)
            // A new task is open, so show a part of the list that has it.
            let shown = url.view == .done || url.view == .trash || url.search != nil ? DashboardURL() : url.first
            return try await response(
                request, context,
                shown.with { ($0.notice, $0.subject, $0.isSelecting) = (.added, id, url.isSelecting) }, undo: undo)
        } catch let error as AppError {
            guard let refusal = FormRefusal(error, request) else { throw error }
            var page = try await page(at: url, context)
            page.draft.take(form)
            page.draft.show(refusal.issues)
            return try refusal.response(page, pages)
        }
    }

    /// A form that the page's script sends again, because no answer came, adds one task.
    private func create(
        _ draft: TaskDraft, _ request: Request, _ fields: FormFields, for owner: TaskOwner
    ) async throws -> (TaskID, UndoID?) {
        let path = "/tasks/"
        let once: RepeatableWrite<TaskItem>? = try Idempotency.repeatable(request, fields) { path + $0.id.rawValue }
        switch try await tasks.create(draft, for: owner, once: once) {
        case .done(let written): return (written.value.id, written.undo)
        case .repeated(let answer):
            try Idempotency.check(answer, repeats: once)
            guard let id = TaskID(untrusted: String(answer.location?.dropFirst(path.count) ?? "")) else {
                throw Idempotency.keyWasUsed
            }
            return (id, answer.undo.flatMap { UndoID(untrusted: $0) })
        }
    }

    @Sendable private func save(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (fields, url) = try Self.form(request)
        var form = TaskForm { fields[$0] }
        let reader = reader.reader(for: context.user)
        return try await onTask(request, context, url) { id in
            do {
                let changes = try form.changes(in: zones, reading: reader.when)
                let written = try await tasks.update(
                    id, with: changes, for: context.user.taskOwner, if: Self.condition(form.version))
                return try await response(
                    request, context, url.with { ($0.notice, $0.subject) = (.saved, id) }, undo: written.undo)
            } catch let conflict as ItemConflict<TaskItem> {
                let problem = Problem(
                    HTTPError(.conflict, "This task was changed elsewhere meanwhile."), requestID: request.id)
                let page = try await page(
                    at: url, editing: id, form, DashboardRow.Conflict(conflict.current.content), for: context.user,
                    in: context.session)
                return try pages.response(page, for: problem)
            } catch let error as AppError {
                guard let refusal = FormRefusal(error, request) else { throw error }
                form.show(refusal.issues)
                let page = try await page(
                    at: url, editing: id, form, nil, for: context.user, in: context.session)
                return try refusal.response(page, pages)
            }
        }
    }

    /// True for a task that was not changed since its form was made; nil for a form that does not say.
    private static func condition(_ version: String) -> ItemCondition<TaskItem>? {
        if version.isEmpty { nil } else { { (try? TaskForm.version(of: $0)) == version } }
    }

    /// The list with one row as a form, which shows the input.
    private func page(
        at url: DashboardURL, editing id: TaskID, _ form: TaskForm, _ conflict: DashboardRow.Conflict?,
        for user: User, in session: Session
    ) async throws -> DashboardPage {
        var page = try await reader.page(at: url.with { $0.editing = id }, for: user, in: session)
        guard page.hasRow(id) else { throw TaskService.noSuchTask }
        page.changeRow(id) { row in
            let current = row.form?.version ?? ""
            row.form?.take(form)
            row.conflict = conflict
            // Both texts have been shown: saving again replaces.
            if conflict != nil { row.form?.version = current }
        }
        return page
    }

    /// The list after a sign-in, with the draft restored to its form. Under another account it is shown read-only.
    func page(with draft: FormDraft, for signIn: SignIn) async throws -> DashboardPage {
        let (user, session) = (signIn.user, signIn.session)
        let form = TaskForm { draft.input[$0] }
        let isOwn = draft.account.hasSameBytes(as: user.id.rawValue)
        if isOwn, let id = TaskID(untrusted: draft.task) {
            do {
                return try await page(
                    at: DashboardURL(), editing: id, form, nil, for: user, in: session)
            } catch AppError.notFound {
                // Deleted meanwhile: it can be added again.
            }
        }
        var page = try await reader.page(at: DashboardURL(), for: user, in: session)
        if isOwn {
            page.draft.take(form)
        } else {
            page.kept = form
        }
        return page
    }

    @Sendable private func complete(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        // A form that is sent twice completes one date of a task that repeats.
        let due = try request.form()["due"].flatMap { CalendarTime(stored: $0) }
        return try await act(request, context, notice: .completed) { id in
            try await tasks.complete(id, due: due, for: context.user.taskOwner, if: nil, once: nil).undo
        }
    }

    @Sendable private func reopen(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        try await act(request, context, notice: .reopened) { id in
            try await tasks.update(id, with: TaskChanges(isCompleted: false), for: context.user.taskOwner).undo
        }
    }

    @Sendable private func delete(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        try await act(request, context, notice: .deleted) { id in
            try await tasks.delete(id, for: context.user.taskOwner).undo
        }
    }

    @Sendable private func restore(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        try await act(request, context, notice: .restored) { id in
            try await tasks.restore(id, for: context.user.taskOwner).undo
        }
    }

    @Sendable private func deleteForGood(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        try await act(request, context, notice: nil) { id in
            try await tasks.deleteForGood(id, for: context.user.taskOwner)
            return nil
        }
    }

    @Sendable private func emptyTrash(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        _ = try await tasks.emptyTrash(of: context.user.id)
        return .seeOther(DashboardURL(view: .trash).with { $0.notice = .emptied }.text)
    }

    @Sendable private func undo(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (fields, url) = try Self.form(request)
        do {
            guard let id = fields["undo"].flatMap({ UndoID(untrusted: $0) }) else { throw TaskService.noSuchUndo }
            guard case .done(let written) = try await tasks.undo(id, for: context.user.taskOwner, once: nil) else {
                throw TaskService.noSuchUndo
            }
            let notice: DashboardURL.Notice = written.value.conflicts.isEmpty ? .undone : .partlyUndone
            return .seeOther(url.with { ($0.notice, $0.undo) = (notice, written.undo) }.text)
        } catch AppError.notFound {
            return .seeOther(url.with { $0.notice = .notUndone }.text)
        }
    }

    private func act(
        _ request: Request, _ context: SignedInPageContext, notice: DashboardURL.Notice?,
        _ action: (TaskID) async throws -> UndoID?
    ) async throws -> Response {
        let (_, url) = try Self.form(request)
        return try await onTask(request, context, url) { id in
            let undo = try await action(id)
            return try await response(
                request, context, url.with { ($0.notice, $0.subject) = (notice, id) }, undo: undo)
        }
    }

    /// Handles a missing task, perhaps deleted in another window: returns to the list with a notice.
    func onTask(
        _ request: Request, _ context: SignedInPageContext, _ url: DashboardURL,
        _ work: (TaskID) async throws -> Response
    ) async throws -> Response {
        guard let id = TaskID(untrusted: context.parameters["task_id"]) else { throw TaskService.noSuchTask }
        do {
            return try await work(id)
        } catch AppError.notFound {
            return try await response(request, context, url.with { ($0.notice, $0.subject) = (.gone, id) }, undo: nil)
        }
    }

    /// Leads back to the list; the page's script gets the parts of it that have changed.
    func response(
        _ request: Request, _ context: SignedInPageContext, _ url: DashboardURL, undo: UndoID?
    ) async throws -> Response {
        let url = url.with { $0.undo = undo }
        guard request.headers["latchkey-fragment"].first == "1", let id = url.subject else {
            return .seeOther(url.text)
        }
        var row: DashboardRow?
        do {
            row = try await reader.row(of: try await tasks.task(id, for: context.user.id), at: url, for: context.user)
        } catch AppError.notFound {
            // Deleted.
        }
        var response = try pages.response(
            DashboardFragment(of: try await page(at: url, context), changed: id, row: row))
        response.headers.replaceOrAdd(name: "latchkey-fragment", value: "1")
        return response
    }
}

extension WriteOutcome {
    /// The change, for undoing it.
    var undo: UndoID? {
        if case .done(let written) = self { written.undo } else { nil }
    }
}
