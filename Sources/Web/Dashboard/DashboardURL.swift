import Basics
import Domain
import HTTPServer

/// The part of the list that an address of the dashboard shows, and the action just completed there. Its parameters are
/// those of `/api/tasks`.
struct DashboardURL: Sendable, Equatable {
    static let path = "/dashboard"

    enum View: String, CaseIterable, Sendable {
        case open, today, upcoming, anytime, done, all, trash
    }

    enum Notice: String, Sendable {
        case added, saved, completed, reopened, deleted, restored, undone, emptied, gone
        case partlyUndone = "partly-undone"
        case notUndone = "not-undone"
        case listSaved = "list-saved"
        case listDeleted = "list-deleted"
        case viewSaved = "view-saved"
        case viewDeleted = "view-deleted"
        case moved, planned, tagged
        case nothingSelected = "nothing-selected"

        /// The past participle for a change to several tasks.
        var participle: String {
            switch self {
            case .completed, .reopened, .deleted, .restored, .moved, .tagged: rawValue
            case .planned: "given a new date"
            default: "changed"
            }
        }
    }

    var view = View.open
    var list: String?
    var tag: String?
    var search: String?
    var sort: String?
    var cursor: String?
    /// True for a page that is as long as pages may be.
    var isLong = false
    /// The task being edited.
    var editing: TaskID?
    /// True while tasks are being selected.
    var isSelecting = false
    var notice: Notice?
    /// The task that the notice is about.
    var subject: TaskID?
    /// The number of tasks that the notice is about, if it is not one.
    var count: Int?
    /// The change that the notice is about.
    var undo: UndoID?

    init(view: View = .open) { self.view = view }

    /// Reads known fields and ignores invalid ones: a page is shown in any case.
    init(_ fields: FormFields) {
        func text(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }
        // `show` is from before there were other views.
        view = (fields["view"] ?? fields["show"]).flatMap(View.init(rawValue:)) ?? .open
        (list, tag, search) = (text("list"), text("tag"), text("q"))
        (sort, cursor) = (text("sort"), text("cursor"))
        isLong = fields["pages"] == "long"
        editing = fields["edit"].flatMap { TaskID(untrusted: $0) }
        isSelecting = fields["select"] == "on"
        count = fields["count"].flatMap { Int($0) }.flatMap { (1...BulkChange.maximumIDs).contains($0) ? $0 : nil }
        notice = fields["notice"].flatMap(Notice.init(rawValue:))
        subject = fields["task"].flatMap { TaskID(untrusted: $0) }
        undo = fields["undo"].flatMap { UndoID(untrusted: $0) }
    }

    /// The address of a saved view, whose parameters are those of `/api/tasks`: there, a list or a tag alone selects open
    /// and completed tasks.
    init(saved query: String) {
        let fields = (try? FormFields(urlEncoded: query.utf8)) ?? FormFields()
        self.init(fields)
        guard fields["view"] == nil else { return }
        switch fields.bool("completed") {
        case true?: view = .done
        case false?: view = .open
        case nil: view = search == nil ? .all : .open
        }
    }

    /// The view that a form was on, from its hidden field; the default view if that is missing or invalid.
    init(returning text: String?) {
        self.init()
        guard let text, text.hasPrefix(Self.path + "?"),
            let fields = try? FormFields(urlEncoded: text.utf8.dropFirst(Self.path.utf8.count + 1))
        else { return }
        self = DashboardURL(fields).page
    }

    /// True for a view of all lists and tags.
    var isWhole: Bool { list == nil && tag == nil && search == nil }

    /// True for a list in the order that its owner gave it.
    var isInOrder: Bool { list != nil && tag == nil && search == nil && sort == nil && view == .open }

    /// True for a part of the list that has no place of its own among the views, lists and tags.
    var canBeSaved: Bool {
        let parts = [list, tag, search, sort].compactMap(\.self).count
        return view != .trash && (parts > 1 || search != nil || sort != nil || (parts == 1 && view != .open))
    }

    /// The same view from its beginning, without the last action.
    var first: DashboardURL {
        var url = page
        url.cursor = nil
        return url
    }

    /// The same page of the view, without the last action.
    var page: DashboardURL {
        var url = self
        (url.editing, url.notice, url.subject, url.undo) = (nil, nil, nil, nil)
        (url.isSelecting, url.count) = (false, nil)
        return url
    }

    /// The address at which a task of this page is edited, up to the task's id.
    var editingPrefix: String {
        let text = page.text
        return text + (text == Self.path ? "?" : "&") + "edit="
    }

    func with(_ change: (inout DashboardURL) -> Void) -> DashboardURL {
        var url = self
        change(&url)
        return url
    }

    var text: String {
        var (text, separator) = (Self.path, "?")
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            text += separator
            text += name
            text += "="
            text += PercentEncoding.encodeComponent(value)
            separator = "&"
        }
        if view != .open { add("view", view.rawValue) }
        add("list", list)
        add("tag", tag)
        add("q", search)
        add("sort", sort)
        add("cursor", cursor)
        if isLong { add("pages", "long") }
        add("edit", editing?.rawValue)
        add("notice", notice?.rawValue)
        add("task", subject?.rawValue)
        add("undo", undo?.rawValue)
        if isSelecting { add("select", "on") }
        add("count", count.map(String.init))
        return text
    }

    /// The parameters for `/api/tasks` that show the same. A list and a tag show open tasks if nothing else is said,
    /// a search all of them.
    var parameters: FormFields {
        var fields = FormFields()
        switch view {
        case .open where list != nil || tag != nil: fields.append("completed", "false")
        case .open where search != nil: break
        case .done where !isWhole: fields.append("completed", "true")
        case .all, .trash: break
        default: fields.append("view", view.rawValue)
        }
        for (name, value) in [("list", list), ("tag", tag), ("q", search), ("sort", sort), ("cursor", cursor)] {
            if let value { fields.append(name, value) }
        }
        return fields
    }
}
