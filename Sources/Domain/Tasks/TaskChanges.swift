import Basics
import Calendar

/// The fields to change; nil leaves a field as it is.
package struct TaskChanges: Sendable, Hashable {
    package var title: TaskTitle?
    package var description: Patch<TaskText>
    package var due: Patch<CalendarTime>
    package var start: Patch<CalendarTime>
    package var priority: TaskPriority?
    package var isCompleted: Bool?

    package init(
        title: TaskTitle? = nil, description: Patch<TaskText> = .keep, due: Patch<CalendarTime> = .keep,
        start: Patch<CalendarTime> = .keep, priority: TaskPriority? = nil, isCompleted: Bool? = nil
    ) {
        self.title = title
        self.description = description
        self.due = due
        self.start = start
        self.priority = priority
        self.isCompleted = isCompleted
    }

    package var isEmpty: Bool { self == TaskChanges() }

    /// True if it changes what counts for the account's quota.
    package var changesTexts: Bool { title != nil || !description.isKept }

    /// The size of the new texts in bytes.
    package var size: Int64 { (title?.text.size ?? 0) + (description.value?.text.size ?? 0) }

    package func applied(to old: TaskContent) -> TaskContent {
        TaskContent(
            title: title ?? old.title, description: description.applied(to: old.description),
            due: due.applied(to: old.due), start: start.applied(to: old.start), priority: priority ?? old.priority)
    }

    /// True if they leave a task as it is, so that a client which repeats them has nothing to fear from a conflict.
    package func areMade(in task: TaskItem) -> Bool {
        applied(to: task.content) == task.content && (isCompleted ?? task.isCompleted) == task.isCompleted
    }
}
