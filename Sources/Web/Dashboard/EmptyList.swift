import Templating

/// The words of an empty list.
struct EmptyList: TemplateModel {
    let heading: String
    let advice: String
    /// True if there has never been a task: then there are examples to begin with.
    let isFirst: Bool
    /// The text that was searched for, which can be added as a task.
    let addition: String?

    static let fields: [TemplateField<EmptyList>] = [
        .text("heading") { $0.heading },
        .text("advice") { $0.advice },
        .flag("is_first") { $0.isFirst },
        .optionalText("addition") { $0.addition },
    ]

    /// - Parameter isNew: true if there has never been a task, as far as the account remembers.
    init(_ url: DashboardURL, isNew: Bool) {
        addition = url.cursor == nil && url.view != .trash ? url.search : nil
        isFirst = isNew && url.cursor == nil && url.search == nil && url.isWhole && url.view != .trash
        (heading, advice) =
            if url.cursor != nil {
                ("Nothing further", "You have reached the end of the list.")
            } else if url.search != nil {
                ("Nothing found", "No tasks match. Try fewer words, or only their beginnings.")
            } else if !url.isWhole {
                ("Nothing here", "Add a task above and it will show up here.")
            } else {
                switch url.view {
                case _ where isFirst:
                    ("What’s first?", "Write a task into the field above. It may have a date, a repeat and #tags:")
                case .open: ("All done", "Nothing is open. Add what comes next, or look at what is done.")
                case .anytime: ("Nothing here", "Open tasks without a due date show up here.")
                case .today: ("Nothing due today", "What is due today or overdue shows up here.")
                case .upcoming: ("Nothing coming up", "Tasks with a later due date show up here.")
                case .done: ("Nothing done yet", "Tick a task off and it will show up here.")
                case .all: ("Nothing here", "Add a task above and it will show up here.")
                case .trash: ("The trash is empty", "A task that you delete can be restored from here for 30 days.")
                }
            }
    }
}
