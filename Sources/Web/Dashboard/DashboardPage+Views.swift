import Basics
import Calendar
import Domain

extension DashboardPage {
    /// Sets the heading and what stands beside it.
    mutating func describe(
        _ url: DashboardURL, _ known: DashboardReader.Known, _ reader: TaskReader, open: String
    ) {
        let (date, dates) = (reader.clock.date, reader.dates)
        let (weekday, today) = (dates.style.longWeekday(date), dates.style.longDay(date))
        if let search = url.search {
            (heading, summary) = ("Search", "“\(search)”")
        } else if let id = url.list {
            isOneList = true
            let list = known.lists.first { $0.id.rawValue == id }
            (heading, summary) = (list?.name.text ?? "No such list", list?.isArchived == true ? "Archived" : "")
            if let list, !list.isInbox {
                self.list = ListForm(list)
            }
        } else if let tag = url.tag {
            (heading, summary) = ("#" + tag, "")
        } else {
            switch url.view {
            case .open:
                (heading, headingLanguage, summary) = (weekday, dates.language, "\(open) open")
                shownDate = .init(text: today, language: dates.language)
            case .today:
                (heading, summary) = ("Today", "")
                shownDate = .init(text: "\(weekday), \(today)", language: dates.language)
            case .all: (heading, summary) = ("All tasks", "")
            case .trash: (heading, summary) = ("Trash", "Deleted tasks stay here for 30 days.")
            case .upcoming, .anytime, .done: (heading, summary) = (url.view.rawValue.withInitialCapital, "")
            }
        }
        language = dates.style.language == "en" ? nil : dates.style.language
        let shown: [DashboardURL.View] = [.open, .today, .upcoming, .done, .all]
        views = shown.map { view in
            Link(
                label: view.rawValue.withInitialCapital, url: DashboardURL(view: view).text,
                isCurrent: url.isWhole && url.view == view, count: view == .open ? open : nil)
        }
    }

    /// Offers other parts of the list, and other orders of this one.
    mutating func offer(_ known: DashboardReader.Known, at url: DashboardURL, views saved: [SavedView]) {
        lists = known.lists.filter { !$0.isArchived }.map { list in
            Link(
                label: list.name.text, url: DashboardURL().with { $0.list = list.id.rawValue }.text,
                isCurrent: list.id.rawValue == url.list, color: list.color.rawValue)
        }
        tags = known.tags.map { tag in
            Link(
                label: "#" + tag.name.text, url: DashboardURL().with { $0.tag = tag.name.text }.text,
                isCurrent: tag.name.text == url.tag)
        }
        let here = url.first.with { $0.isLong = false }
        savedViews = saved.map { view in
            let shown = DashboardURL(saved: view.query)
            if shown == here { shownView = view.id }
            return Link(label: view.name.text, url: shown.text, isCurrent: shown == here)
        }
        if url.canBeSaved, shownView == nil { newView = ListForm() }
        guard url.view != .trash else { return }
        let isList = url.list != nil
        let orders: [(String?, String)] =
            isList
            ? [(nil, "My order"), ("-created_at", "Newest first"), ("due", "By due date"), ("priority", "By priority")]
            : [
                (nil, Self.usualOrder(of: url)), ("-created_at", "Newest first"), ("created_at", "Oldest first"),
                ("due", "By due date"), ("priority", "By priority"),
            ]
        sorts = orders.map { sort, label in
            Link(label: label, url: url.first.with { $0.sort = sort }.text, isCurrent: sort == url.sort)
        }
    }

    private static func usualOrder(of url: DashboardURL) -> String {
        url.view == .open && url.isWhole ? "By day" : "Usual order"
    }

    /// Offers the account's lists in the forms.
    mutating func offerLists(_ lists: [TaskList], chosen: String?) {
        draft.more.lists = lists
        guard let chosen, lists.contains(where: { $0.id.rawValue == chosen }) else { return }
        draft.more.listID = chosen
        draft.more.usualListID = chosen
    }
}
