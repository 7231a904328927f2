import Basics
import Calendar
import Domain
import HTTPServer

/// Reads what a page of the list shows.
struct DashboardReader: Sendable {
    let tasks: TaskService
    let lists: ListService
    let pages: PageRenderer
    let zones: TimeZoneDatabase
    let now: @Sendable () -> Timestamp

    private static let pageSize = 25
    /// The page size of the day's tasks on the default view, which are seldom many and belong together.
    private static let daySize = 50
    /// Bytes of titles and descriptions after which a page ends, however few tasks it has.
    private static let maximumTextSize = 256 * 1024
    private static let maximumLongTextSize = 2 << 20
    /// The sizes of the parts of the default view on a long page, together as many as a long page has.
    private static let longSizes: [TaskView: Int] = [.today: 125, .upcoming: 125, .anytime: 250]
    private static let maximumParents = 100
    /// Where counting ends, which bounds the time that it takes.
    private static let maximumCount = 1000

    func reader(for user: User) -> TaskReader {
        TaskReader(owner: user.id, locale: user.locale, now: now(), zones: zones, lists: lists)
    }

    /// - Parameters:
    ///   - session: the one that the page's forms are bound to.
    ///   - reader: nil for one by the clock of now.
    func page(
        at url: DashboardURL, for user: User, in session: Session, by reader: TaskReader? = nil
    ) async throws -> DashboardPage {
        let reader = reader ?? self.reader(for: user)
        do {
            return try await validPage(at: url, for: user, in: session, by: reader)
        } catch is InvalidQuery {
            return try await validPage(at: DashboardURL(), for: user, in: session, by: reader)
        }
    }

    private func validPage(
        at url: DashboardURL, for user: User, in session: Session, by reader: TaskReader
    ) async throws -> DashboardPage {
        let isDefault = url.view == .open && url.isWhole && url.sort == nil && url.cursor == nil
        let queries = isDefault ? Self.sections.map { query($0, url, reader) } : [try await query(url, reader)]
        let found = try await tasks.overview(of: user.id, matching: queries)
        let known = Known(lists: found.lists, tags: found.tags)
        let rows = Rows(url: url, known: known, reader: reader)
        var page = DashboardPage(
            frame: try pages.frame(title: "Tasks", for: user, csrfSubject: session.id.rawValue), heading: "",
            summary: "", here: url.page.text)
        page.isRemembered = session.isRemembered
        page.frame.search = url.search
        page.isTrash = url.view == .trash
        if url.isSelecting, !page.isTrash {
            page.selection = SelectionForm(lists: known.lists)
        } else if !page.isTrash {
            page.selectURL = url.page.with { $0.isSelecting = true }.text
        }
        if isDefault {
            for (view, part) in zip(Self.sections, found.tasks) {
                page.sections.append(try await section(view, try rows.rows(part), part, reader))
            }
        } else {
            let (part, order) = (found.tasks[0], queries[0].order)
            page.sections = [.init(id: "tasks", url: "", count: "", rows: try rows.rows(part))]
            page.olderURL = part.nextCursor(after: part.count, in: order).map { cursor in
                url.page.with { $0.cursor = cursor.text(in: order) }.text
            }
            page.newestURL = url.cursor == nil ? nil : url.first.text
        }
        if !url.isLong, page.olderURL != nil || page.newestURL != nil || page.sections.contains(where: \.hasMore) {
            page.longURL = url.first.with { $0.isLong = true }.text
        }
        let open = try await count(
            TaskFilter(isCompleted: false), of: user.id, knownFrom: isDefault ? page.sections : [])
        if let id = url.editing, !page.hasRow(id), let task = try await task(id, of: user.id) {
            // It has left this part of the list meanwhile; it can be edited all the same.
            page.sections[0].rows.insert(try rows.row(task), at: 0)
        }
        if let id = url.editing, let parents = try await parents(for: page.row(id)?.task) {
            page.changeRow(id) { $0.form?.more.parents = parents }
        }
        page.describe(url, known, reader, open: open)
        if url.view != .open || !url.isWhole { page.frame.title = page.heading }
        page.offer(known, at: url, views: found.views)
        page.draft = TaskForm(zone: user.locale.timeZone ?? "")
        page.offerLists(known.lists, chosen: url.list)
        page.notice = try await notice(url, for: user)
        if url.notice == .moved, let id = url.subject, let place = page.place(of: id) {
            page.notice?.text = "Moved to \(place)."
        }
        if page.isEmpty {
            page.empty = EmptyList(
                url, isNew: try await tasks.count(for: user.id, matching: TaskFilter(), upTo: 1) == 0)
        }
        return page
    }

    /// The parts of the default view.
    private static let sections: [TaskView] = [.today, .upcoming, .anytime]

    private func query(_ view: TaskView, _ url: DashboardURL, _ reader: TaskReader) -> TaskQuery {
        let query = TaskQuery(view.filter(on: reader.clock.date, in: reader.locale.timeZone), order: view.order)
        let size = url.isLong ? Self.longSizes[view] : view == .today ? Self.daySize : nil
        return limited(query, url, to: size)
    }

    /// The query with the limits of the page.
    private func limited(_ query: TaskQuery, _ url: DashboardURL, to size: Int? = nil) -> TaskQuery {
        var query = query
        query.limit = size ?? (url.isLong ? BulkChange.maximumIDs : Self.pageSize)
        query.maximumTextSize = url.isLong ? Self.maximumLongTextSize : Self.maximumTextSize
        return query
    }

    private func section(
        _ view: TaskView, _ rows: [DashboardRow], _ found: TaskRows, _ reader: TaskReader
    ) async throws -> DashboardPage.Section {
        let hasMore = found.nextCursor(after: found.count, in: view.order) != nil
        var count = found.count
        if hasMore {
            let filter = view.filter(on: reader.clock.date, in: reader.locale.timeZone)
            count = try await tasks.count(for: reader.owner, matching: filter, upTo: Self.maximumCount)
        }
        return DashboardPage.Section(
            id: view.rawValue, heading: view.rawValue.withInitialCapital,
            url: DashboardURL(view: DashboardURL.View(rawValue: view.rawValue) ?? .open).text,
            count: Self.text(count), rows: rows, hasMore: hasMore)
    }

    private func query(_ url: DashboardURL, _ reader: TaskReader) async throws -> TaskQuery {
        guard url.view != .trash else {
            var query = TaskQuery(order: .lastDeletedFirst)
            query.filter.isInTrash = true
            query.cursor = url.cursor.flatMap { TaskCursor($0, in: query.order) }
            return limited(query, url)
        }
        return limited(try await TaskQuery(url.parameters, for: reader), url)
    }

    /// - Parameter sections: those that make up what is counted, if they are on the page.
    private func count(
        _ filter: TaskFilter, of owner: UserID, knownFrom sections: [DashboardPage.Section]
    ) async throws -> String {
        if !sections.isEmpty, !sections.contains(where: \.hasMore) {
            return String(sections.reduce(0) { $0 + $1.rows.count })
        }
        return Self.text(try await tasks.count(for: owner, matching: filter, upTo: Self.maximumCount))
    }

    private static func text(_ count: Int) -> String { count < maximumCount ? String(count) : "\(maximumCount)+" }

    private func notice(_ url: DashboardURL, for user: User) async throws -> DashboardPage.Notice? {
        guard let notice = url.notice else { return nil }
        let undo = url.undo?.rawValue
        if let count = url.count {
            return .init(text: "\(count) \(count == 1 ? "task" : "tasks") \(notice.participle).", undo: undo)
        }
        switch notice {
        case .completed:
            var task: TaskItem?
            if let id = url.subject { task = try await self.task(id, of: user.id) }
            // A task that repeats is open again.
            let text = task?.isCompleted == false ? "completed; it will come again." : "completed."
            return .init(text: text, title: task?.content.title.text ?? "Task", undo: undo)
        case .added: return .init(text: "Task added.", undo: undo)
        case .saved: return .init(text: "Changes saved.", undo: undo)
        case .reopened: return .init(text: "Task reopened.", undo: undo)
        case .deleted: return .init(text: "Task deleted.", undo: undo)
        case .restored: return .init(text: "Task restored.", undo: undo)
        case .undone: return .init(text: "Undone.", undo: undo)
        case .partlyUndone:
            return .init(text: "Undone in part: something was changed again since, and was left as it is.", undo: undo)
        case .notUndone: return .init(text: "That can no longer be undone.")
        case .emptied: return .init(text: "The trash is empty.")
        case .gone: return .init(text: "That task is no longer there.")
        case .listSaved: return .init(text: "List saved.", undo: undo)
        case .moved, .planned, .tagged: return .init(text: "Task \(notice.participle).", undo: undo)
        case .nothingSelected: return .init(text: "Nothing was selected.")
        case .viewSaved: return .init(text: "View saved.", undo: undo)
        case .viewDeleted: return .init(text: "View deleted.", undo: undo)
        case .listDeleted: return .init(text: "List deleted.", undo: undo)
        }
    }

    /// The tasks that one can become a part of: open ones of its list, as far as a page of choices has room, and the one
    /// that it is a part of.
    private func parents(for task: TaskItem?) async throws -> [TaskItem]? {
        guard let task else { return nil }
        var filter = TaskFilter(isCompleted: false)
        filter.listID = task.placement.listID
        let query = TaskQuery(filter, order: .byHand, limit: Self.maximumParents)
        var found = try await tasks.list(for: task.ownerID, matching: query).tasks(of: task.ownerID)
            .filter { $0.id != task.id && $0.placement.parentID != task.id }
        if let id = task.placement.parentID, !found.contains(where: { $0.id == id }),
            let parent = try await self.task(id, of: task.ownerID)
        {
            found.insert(parent, at: 0)
        }
        return found
    }

    /// Nil if there is no such task.
    private func task(_ id: TaskID, of owner: UserID) async throws -> TaskItem? {
        do {
            return try await tasks.task(id, for: owner)
        } catch AppError.notFound {
            return nil
        }
    }

    /// The tasks on a page of one view, without what is around them.
    /// - Throws: `AppError.notFound` for an address that shows nothing.
    func tasks(at url: DashboardURL, for user: User) async throws -> [TaskItem] {
        do {
            let query = try await query(url, reader(for: user))
            return try await tasks.list(for: user.id, matching: query).tasks(of: user.id)
        } catch is InvalidQuery {
            throw TaskService.noSuchTask
        }
    }

    /// A row as it would be on the page.
    func row(of task: TaskItem, at url: DashboardURL, for user: User) async throws -> DashboardRow {
        let known = Known(lists: try await lists.lists(of: user.id), tags: [])
        return try Rows(url: url, known: known, reader: reader(for: user)).row(task)
    }

    struct Known {
        let lists: [TaskList]
        let tags: [Tag]
    }

    /// Makes rows of tasks.
    private struct Rows {
        let url: DashboardURL
        let known: Known
        let reader: TaskReader
        private let clock: LocalDateTime
        private let dates: DateFormat
        private let editingPrefix: String

        init(url: DashboardURL, known: Known, reader: TaskReader) {
            (self.url, self.known, self.reader) = (url, known, reader)
            (clock, dates, editingPrefix) = (reader.clock, reader.dates, url.editingPrefix)
        }

        func rows(_ found: TaskRows) throws -> [DashboardRow] {
            try (0..<found.count).map { try row(TaskItem(found[$0], ownerID: reader.owner)) }
        }

        func row(_ task: consuming TaskItem) throws -> DashboardRow {
            let (due, start) = (text(task.content.due), text(task.content.start))
            let repeats = task.content.repeats.map { RepeatText($0, dates: dates).text }
            let list = list(task.placement.listID)
            let form = try form(task)
            var row = DashboardRow(
                task: task, editingPrefix: editingPrefix, due: due, start: start, repeats: repeats, list: list,
                isSelecting: url.isSelecting, isInOrder: url.isInOrder)
            row.form = form
            return row
        }

        private func text(_ time: CalendarTime?) -> DueText? {
            time.map { DueText($0, at: clock, in: dates, reader.zones) }
        }

        /// Nil for the Inbox, and where all tasks are of one list.
        private func list(_ id: ListID) -> DashboardRow.List? {
            guard id != .inbox, id.rawValue != url.list, let list = known.lists.first(where: { $0.id == id }) else {
                return nil
            }
            return .init(name: list.name.text, color: list.color.rawValue)
        }

        /// Nil but for the task that is being edited.
        private func form(_ task: TaskItem) throws -> TaskForm? {
            guard task.id == url.editing else { return nil }
            var form = try TaskForm(task, newZone: dates.zoneName ?? "")
            form.more.lists = known.lists
            return form
        }
    }
}
