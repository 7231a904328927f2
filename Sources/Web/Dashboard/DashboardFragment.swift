import Domain
import Templating

/// The parts of a page that an action has changed, for the page's script.
struct DashboardFragment: Page {
    static let template = "pages/dashboard-fragment"

    private let page: DashboardPage
    /// Nil for a task that is gone.
    private let row: DashboardRow?
    private let id: TaskID

    /// - Parameters:
    ///   - page: the page after the action.
    ///   - id: the task that changed.
    ///   - row: the task as it is now, for a page that has no row of it; nil if it is gone.
    init(of page: DashboardPage, changed id: TaskID, row: DashboardRow?) {
        (self.page, self.id) = (page, id)
        for section in page.sections {
            guard let index = section.rows.firstIndex(where: { $0.task.id == id }) else { continue }
            var shown = section.rows[index]
            shown.place = .init(list: section.id, after: index == 0 ? "" : "task-\(section.rows[index - 1].task.id)")
            self.row = shown
            return
        }
        var row = row
        row?.place = .init(list: "", after: "")
        self.row = row
    }

    static let fields: [TemplateField<DashboardFragment>] = [
        .model("page", \.page.frame),
        .optionalModel("notice") { $0.page.notice },
        .text("summary") { $0.page.summary },
        .optionalModel("date") { $0.page.shownDate },
        .list("views") { $0.page.views },
        .list("sections") { $0.page.sections },
        .optionalModel("task") { $0.row },
        .text("id") { $0.id.rawValue },
        .text("here") { $0.page.here },
    ]
}
