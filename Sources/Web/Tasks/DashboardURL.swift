import Basics
import Domain
import HTTPServer

/// The part of the list that a dashboard address shows, and the action just completed there.
struct DashboardURL: Sendable, Equatable {
    static let path = "/dashboard"

    enum Filter: String, CaseIterable, Sendable {
        case all, open, done

        var isCompleted: Bool? {
            switch self {
            case .all: nil
            case .open: false
            case .done: true
            }
        }
    }

    enum Notice: String, Sendable {
        case added, saved, completed, reopened, deleted, restored, gone
    }

    var filter = Filter.all
    var cursor: TaskID?
    /// The task being edited.
    var editing: TaskID?
    var notice: Notice?
    /// The task that the notice is about.
    var subject: TaskID?

    init() {}

    /// Reads known fields and ignores invalid ones: a page is shown in any case.
    init(_ fields: FormFields) {
        filter = fields["show"].flatMap(Filter.init(rawValue:)) ?? .all
        cursor = fields["before"].flatMap { TaskID(untrusted: $0) }
        editing = fields["edit"].flatMap { TaskID(untrusted: $0) }
        notice = fields["notice"].flatMap(Notice.init(rawValue:))
        subject = fields["task"].flatMap { TaskID(untrusted: $0) }
    }

    /// The view that a form was on, from its hidden field; the whole list if that is missing or invalid.
    init(returning text: String?) {
        self.init()
        guard let text, text.hasPrefix(Self.path + "?"),
            let fields = try? FormFields(urlEncoded: text.utf8.dropFirst(Self.path.utf8.count + 1))
        else { return }
        let url = DashboardURL(fields)
        (filter, cursor) = (url.filter, url.cursor)
    }

    /// The same view, without the last action.
    var view: DashboardURL {
        var url = DashboardURL()
        (url.filter, url.cursor) = (filter, cursor)
        return url
    }

    func with(_ change: (inout DashboardURL) -> Void) -> DashboardURL {
        var url = self
        change(&url)
        return url
    }

    var text: String {
        var parts: [String] = []
        if filter != .all { parts.append("show=\(filter.rawValue)") }
        if let cursor { parts.append("before=\(PercentEncoding.encodeComponent(cursor.rawValue))") }
        if let editing { parts.append("edit=\(PercentEncoding.encodeComponent(editing.rawValue))") }
        if let notice { parts.append("notice=\(notice.rawValue)") }
        if let subject { parts.append("task=\(PercentEncoding.encodeComponent(subject.rawValue))") }
        return parts.isEmpty ? Self.path : Self.path + "?" + parts.joined(separator: "&")
    }
}
