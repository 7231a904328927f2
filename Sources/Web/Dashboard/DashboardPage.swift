import Calendar
import Domain
import Templating

/// The list: add, find, filter, edit in place, complete, delete, undo.
struct DashboardPage: Page {
    static let template = "pages/dashboard"

    var frame: PageFrame
    var notice: Notice?
    var draft = TaskForm()
    /// A draft from another account; read-only, and never submitted.
    var kept: TaskForm?
    /// True if the browser may keep the list: its user signed in to stay.
    var isRemembered = false
    /// The number of the last change that the page shows.
    var sequence: Int64 = 0
    var heading: String
    /// The language of the heading; nil in English.
    var headingLanguage: String?
    var summary: String
    /// The day, before the summary.
    var shownDate: ShownDate?
    /// The language in which scripts write dates; nil for British English.
    var language: String?
    var views: [Link] = []
    var lists: [Link] = []
    var tags: [Link] = []
    var savedViews: [Link] = []
    /// The saved view that the page shows.
    var shownView: ViewID?
    /// The form that saves what the page shows as a view.
    var newView: ListForm?
    var sorts: [Link] = []
    var sections: [Section] = []
    /// The list that the page shows, if it can be changed.
    var list: ListForm?
    var newList = ListForm()
    /// True if all tasks are of one list.
    var isOneList = false
    var isTrash = false
    /// Set while tasks are being selected.
    var selection: SelectionForm?
    /// The same page for selecting tasks.
    var selectURL: String?
    /// The list's state as carried by forms, so that an action returns to the same view.
    var here: String
    /// The next page; nil on the last.
    var olderURL: String?
    /// The first page; nil when this is it.
    var newestURL: String?
    /// The same on a page as long as pages may be; nil where there is no more.
    var longURL: String?
    /// Set for a page without tasks.
    var empty: EmptyList?

    /// True for what the list's own styles leave out, as few pages have it.
    private var needsMoreStyles: Bool {
        selection != nil || isTrash || isOneList || kept != nil || empty?.isFirst == true
    }

    var isEmpty: Bool { sections.allSatisfy(\.rows.isEmpty) }

    func hasRow(_ id: TaskID) -> Bool { row(id) != nil }

    func row(_ id: TaskID) -> DashboardRow? {
        for section in sections { if let row = section.rows.first(where: { $0.task.id == id }) { return row } }
        return nil
    }

    /// The time on the reader's clock in which the page stays as it is, as long as no data changes.
    func validity(at url: DashboardURL, from clock: LocalDateTime) -> Range<LocalDateTime> {
        // A search may be for overdue tasks.
        guard url.search == nil else { return clock..<clock.adding(seconds: 60) }
        let midnight = LocalDateTime(clock.date.adding(days: 1), secondOfDay: 0)
        var end = midnight
        for section in sections.indices {
            // By their places: to go through the rows would copy each of them.
            for row in sections[section].rows.indices {
                end = min(end, sections[section].rows[row].due?.lateFrom ?? end)
                end = min(end, sections[section].rows[row].start?.lateFrom ?? end)
            }
        }
        return clock..<max(clock, end)
    }

    /// The place of a task, "3 of 13", on a page that has all of a list.
    func place(of id: TaskID) -> String? {
        let rows = sections.flatMap(\.rows)
        guard newestURL == nil, olderURL == nil, let index = rows.firstIndex(where: { $0.task.id == id }) else {
            return nil
        }
        return "\(index + 1) of \(rows.count)"
    }

    /// Changes a row, if the page has it.
    mutating func changeRow(_ id: TaskID, _ change: (inout DashboardRow) -> Void) {
        for section in sections.indices {
            for index in sections[section].rows.indices where sections[section].rows[index].task.id == id {
                change(&sections[section].rows[index])
            }
        }
    }

    static let fields: [TemplateField<DashboardPage>] = [
        .model("page", \.frame),
        .optionalModel("notice") { $0.notice },
        .model("draft", \.draft),
        .optionalModel("kept") { $0.kept },
        .flag("is_remembered") { $0.isRemembered },
        .number("sequence") { Int($0.sequence) },
        .text("heading") { $0.heading },
        .optionalText("heading_language") { $0.headingLanguage },
        .text("summary") { $0.summary },
        .optionalModel("date") { $0.shownDate },
        .optionalText("language") { $0.language },
        .list("views") { $0.views },
        .list("lists") { $0.lists },
        .list("tags") { $0.tags },
        .list("saved_views") { $0.savedViews },
        .optionalText("shown_view") { $0.shownView?.rawValue },
        .optionalModel("new_view") { $0.newView },
        .list("sorts") { $0.sorts },
        .optionalText("sort") { page in page.sorts.first(where: \.isCurrent)?.label },
        .list("sections") { $0.sections },
        .optionalModel("list") { $0.list },
        .model("new_list", \.newList),
        .flag("is_trash") { $0.isTrash },
        .flag("needs_more_styles") { $0.needsMoreStyles },
        .optionalModel("selection") { $0.selection },
        .optionalText("select_url") { $0.selectURL },
        .text("here") { $0.here },
        .optionalText("older_url") { $0.olderURL },
        .optionalText("newest_url") { $0.newestURL },
        .optionalText("long_url") { $0.longURL },
        .optionalModel("empty") { $0.empty },
    ]

    /// The address of a part of the list.
    struct Link: TemplateModel {
        var label: String
        var url: String
        var isCurrent = false
        var count: String?
        /// The colour of a list.
        var color: String?

        static let fields: [TemplateField<Link>] = [
            .text("label") { $0.label },
            .text("url") { $0.url },
            .flag("is_current") { $0.isCurrent },
            .optionalText("count") { $0.count },
            .optionalText("color") { $0.color },
        ]
    }

    struct ShownDate: TemplateModel {
        var text: String
        /// Nil in English.
        var language: String?

        static let fields: [TemplateField<ShownDate>] = [
            .text("text") { $0.text },
            .optionalText("language") { $0.language },
        ]
    }

    /// The last action's outcome, and how to undo it.
    struct Notice: TemplateModel {
        var text: String
        /// The title of the task that it is about.
        var title: String?
        var undo: String?

        static let fields: [TemplateField<Notice>] = [
            .text("text") { $0.text },
            .optionalText("title") { $0.title },
            .optionalText("undo") { $0.undo },
        ]
    }

    /// A list of tasks; the default view has three, each under a heading.
    struct Section: TemplateModel {
        var id: String
        var heading: String?
        var url: String
        var count: String
        var rows: [DashboardRow]
        /// True if there are more tasks at its own address.
        var hasMore = false

        static let fields: [TemplateField<Section>] = [
            .text("id") { $0.id },
            .optionalText("heading") { $0.heading },
            .text("url") { $0.url },
            .text("count") { $0.count },
            .list("rows") { $0.rows },
            .flag("has_more") { $0.hasMore },
            .flag("is_in_order") { $0.rows.first?.isInOrder ?? false },
        ]
    }
}
