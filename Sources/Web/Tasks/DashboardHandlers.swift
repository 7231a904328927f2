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

    /// The page size.
    private static let pageSize = 25
    /// Bytes of titles and descriptions after which a page ends, however few tasks it has.
    private static let maximumTextSize = 256 * 1024

    func addRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.get("dashboard", summary: "The list", use: show)
        site.post("tasks", summary: "Add a task", use: add)
        site.post("tasks/{task_id}", summary: "Change title and description", use: save)
        site.post("tasks/{task_id}/complete", summary: "Complete a task", use: complete)
        site.post("tasks/{task_id}/reopen", summary: "Reopen a task", use: reopen)
        site.post("tasks/{task_id}/delete", summary: "Delete a task", use: delete)
        site.post("tasks/{task_id}/restore", summary: "Restore a deleted task", use: restore)
    }

    @Sendable private func show(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let user = context.user
        let revision = try await tasks.revision(ofTasksOf: user.id)
        let key = AnswerCache.Key(
            "dashboard", user.id.rawValue, context.csrfSubject, user.shownName, user.appearance.rawValue,
            user.locale.timeZone ?? "", request.uri)
        if let entry = answers.entry(for: key, at: revision) { return entry.response }
        let response = try pages.response(
            try await page(at: DashboardURL(try request.query()), for: user, csrfSubject: context.csrfSubject))
        answers.insert(response, tag: nil, for: key, at: revision)
        return response
    }

    private func page(at url: DashboardURL, _ context: SignedInPageContext) async throws -> DashboardPage {
        try await page(at: url, for: context.user, csrfSubject: context.csrfSubject)
    }

    private func page(at url: DashboardURL, for user: User, csrfSubject: String) async throws -> DashboardPage {
        let found = try await tasks.list(
            for: user.id,
            matching: TaskQuery(
                TaskFilter(isCompleted: url.filter.isCompleted), cursor: url.cursor.map { TaskCursor(id: $0) },
                limit: Self.pageSize, maximumTextSize: Self.maximumTextSize))
        let view = url.view
        let rows = found.tasks(of: user.id).map { task in
            var row = DashboardPage.Row(
                task: task, editURL: view.with { $0.editing = task.id }.text, zone: user.locale.timeZone)
            if task.id == url.editing { row.form = TaskForm(task, newZone: user.locale.timeZone ?? "") }
            return row
        }
        let (heading, advice) = Self.emptyState(url)
        var page = DashboardPage(
            frame: try pages.frame(title: "Tasks", for: user, csrfSubject: csrfSubject),
            notice: Self.notice(url), draft: TaskForm(zone: user.locale.timeZone ?? ""),
            filters: DashboardURL.Filter.allCases.map { filter in
                .init(
                    label: filter.rawValue.capitalized, url: DashboardURL().with { $0.filter = filter }.text,
                    isCurrent: filter == url.filter)
            },
            tasks: rows, here: view.text,
            olderURL: found.nextCursor(after: found.count, in: .newestFirst).map { cursor in
                view.with { $0.cursor = cursor.id }.text
            },
            newestURL: url.cursor == nil ? nil : view.with { $0.cursor = nil }.text,
            emptyHeading: heading, emptyAdvice: advice)
        page.offer(try await lists.lists(of: user.id))
        return page
    }

    private static func notice(_ url: DashboardURL) -> DashboardPage.Notice? {
        switch url.notice {
        case nil: nil
        case .added: .init(text: "Task added.")
        case .saved: .init(text: "Changes saved.")
        case .completed: .init(text: "Task completed.")
        case .reopened: .init(text: "Task reopened.")
        case .deleted: .init(text: "Task deleted.", restorableID: url.subject?.rawValue)
        case .restored: .init(text: "Task restored.")
        case .gone: .init(text: "That task is no longer there.")
        }
    }

    private static func emptyState(_ url: DashboardURL) -> (heading: String, advice: String) {
        if url.cursor != nil { return ("Nothing older", "You have reached the end of the list.") }
        return switch url.filter {
        case .all: ("Nothing to do yet", "Write your first task into the field above and press Add.")
        case .open: ("All done", "No open tasks. Add one above, or look at what is done.")
        case .done: ("Nothing done yet", "Tick a task off and it will show up here.")
        }
    }

    // MARK: What a form does

    /// The input, and the page to return to.
    private static func form(_ request: Request) throws -> (TaskForm, DashboardURL) {
        let fields = try request.form()
        return (TaskForm { fields[$0] }, DashboardURL(returning: fields["here"]))
    }

    @Sendable private func add(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let (form, url) = try Self.form(request)
        do {
            let task = try await tasks.create(try form.draft(in: zones), for: context.user.taskOwner).value
            // A new task is open and comes first in the list, so show the part of the list that contains it.
            let filter: DashboardURL.Filter = url.filter == .done ? .all : url.filter
            return .seeOther(
                DashboardURL().with { ($0.filter, $0.notice, $0.subject) = (filter, .added, task.id) }.text)
        } catch let error as AppError {
            guard let refusal = Refusal(error, request) else { throw error }
            var page = try await page(at: url, for: context.user, csrfSubject: context.csrfSubject)
            page.draft.take(form)
            page.draft.show(refusal.issues)
            return try refusal.response(page, pages)
        }
    }

    @Sendable private func save(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        var (form, url) = try Self.form(request)
        return try await onTask(context, url) { id in
            do {
                _ = try await tasks.update(id, with: try form.changes(in: zones), for: context.user.taskOwner)
                return .seeOther(url.with { ($0.notice, $0.subject) = (.saved, id) }.text)
            } catch let error as AppError {
                guard let refusal = Refusal(error, request) else { throw error }
                form.show(refusal.issues)
                let page = try await page(
                    at: url, editing: id, form, for: context.user, csrfSubject: context.csrfSubject)
                return try refusal.response(page, pages)
            }
        }
    }

    /// The list with one row as a form. The row may have left this part of the list meanwhile; the input is shown all
    /// the same.
    private func page(
        at url: DashboardURL, editing id: TaskID, _ form: TaskForm, for user: User, csrfSubject: String
    ) async throws -> DashboardPage {
        let url = url.with { $0.editing = id }
        var page = try await page(at: url, for: user, csrfSubject: csrfSubject)
        if !page.tasks.contains(where: { $0.task.id == id }) {
            page.tasks.insert(
                .init(
                    task: try await tasks.task(id, for: user.id), editURL: url.text, zone: user.locale.timeZone), at: 0)
        }
        for index in page.tasks.indices where page.tasks[index].task.id == id {
            page.tasks[index].form = page.draft
            page.tasks[index].form?.take(form)
        }
        return page
    }

    /// The list after a sign-in, with the draft restored to its form. Under another account it is shown read-only.
    func page(with draft: FormDraft, for signIn: SignIn) async throws -> DashboardPage {
        let (user, csrfSubject) = (signIn.user, signIn.session.id.rawValue)
        let form = TaskForm { draft.input[$0] }
        let isOwn = draft.account.hasSameBytes(as: user.id.rawValue)
        if isOwn, let id = TaskID(untrusted: draft.task) {
            do {
                return try await page(at: DashboardURL(), editing: id, form, for: user, csrfSubject: csrfSubject)
            } catch AppError.notFound {
                // Deleted meanwhile: it can be added again.
            }
        }
        var page = try await page(at: DashboardURL(), for: user, csrfSubject: csrfSubject)
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
            _ = try await tasks.complete(id, due: due, for: context.user.taskOwner, if: nil, once: nil)
        }
    }

    @Sendable private func reopen(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        try await act(request, context, notice: .reopened) { id in
            _ = try await tasks.update(id, with: TaskChanges(isCompleted: false), for: context.user.taskOwner)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        try await act(request, context, notice: .deleted) { id in
            _ = try await tasks.delete(id, for: context.user.taskOwner)
        }
    }

    @Sendable private func restore(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        try await act(request, context, notice: .restored) { id in
            _ = try await tasks.restore(id, for: context.user.taskOwner)
        }
    }

    private func act(
        _ request: Request, _ context: SignedInPageContext, notice: DashboardURL.Notice,
        _ action: (TaskID) async throws -> Void
    ) async throws -> Response {
        let url = DashboardURL(returning: try request.form()["here"])
        return try await onTask(context, url) { id in
            try await action(id)
            return .seeOther(url.with { ($0.notice, $0.subject) = (notice, id) }.text)
        }
    }

    /// Handles a missing task, perhaps deleted in another window: returns to the list, which says so.
    private func onTask(
        _ context: SignedInPageContext, _ url: DashboardURL, _ work: (TaskID) async throws -> Response
    ) async throws -> Response {
        guard let id = TaskID(untrusted: context.parameters["task_id"]) else { throw TaskService.noSuchTask }
        do {
            return try await work(id)
        } catch AppError.notFound {
            return .seeOther(url.with { $0.notice = .gone }.text)
        }
    }

    /// A rejection that the form itself can explain.
    private struct Refusal {
        let issues: [FieldIssue]
        private let problem: Problem

        init?(_ error: AppError, _ request: Request) {
            problem = Problem(error, requestID: request.id)
            switch error {
            case .invalid(let issues): self.issues = issues
            case .quotaExceeded, .writesTooFast: issues = [FieldIssue("title", problem.detail, .wrongValue)]
            default: return nil
            }
        }

        func response(_ page: DashboardPage, _ pages: PageRenderer) throws -> Response {
            try pages.response(page, for: problem)
        }
    }
}
