import Basics
import Calendar

/// The fields to change; nil leaves a field as it is.
package struct TaskChanges: Sendable, Hashable {
    package var title: TaskTitle?
    package var description: Patch<TaskText>
    package var due: Patch<CalendarTime>
    package var start: Patch<CalendarTime>
    package var priority: TaskPriority?
    package var repeats: Patch<TaskRepeat>
    package var tags: [ItemName]?
    package var addedTags: [ItemName] = []
    package var removedTags: [ItemName] = []
    package var reminders: [Reminder]?
    package var listID: ListID?
    package var parentID: Patch<TaskID> = .keep
    package var isCompleted: Bool?

    package init(
        title: TaskTitle? = nil, description: Patch<TaskText> = .keep, due: Patch<CalendarTime> = .keep,
        start: Patch<CalendarTime> = .keep, priority: TaskPriority? = nil, repeats: Patch<TaskRepeat> = .keep,
        tags: [ItemName]? = nil, isCompleted: Bool? = nil
    ) {
        (self.title, self.description, self.due, self.start) = (title, description, due, start)
        (self.priority, self.repeats, self.tags, self.isCompleted) = (priority, repeats, tags, isCompleted)
    }

    package var isEmpty: Bool { self == TaskChanges() }

    /// The size of the new texts in bytes.
    package var size: Int64 {
        (title?.text.size ?? 0) + (description.value?.text.size ?? 0) + (repeats.value?.storedText.size ?? 0)
            + ((tags ?? []) + addedTags).storedText.size
    }

    /// Without completion and dates: what is left of a change that completes a date which was completed before. Its dates
    /// are those from before the task was due again.
    var withoutCompletion: TaskChanges {
        var rest = self
        (rest.isCompleted, rest.due, rest.start, rest.repeats, rest.reminders) = (nil, .keep, .keep, .keep, nil)
        return rest
    }

    package func applied(to old: TaskContent) -> TaskContent {
        var content = old
        content.title = title ?? old.title
        content.description = description.applied(to: old.description)
        content.due = due.applied(to: old.due)
        content.start = start.applied(to: old.start)
        content.priority = priority ?? old.priority
        content.repeats = repeats.applied(to: old.repeats)
        content.tags = (tags ?? old.tags).adding(addedTags).removing(removedTags)
        content.reminders = reminders ?? old.reminders
        return content
    }
}

extension [ItemName] {
    /// Names that are there already, in whatever case, stay as they are.
    package func adding(_ names: [ItemName]) -> [ItemName] {
        var (all, keys) = (self, Set(map(\.key)))
        for name in names where keys.insert(name.key).inserted { all.append(name) }
        return all
    }

    package func removing(_ names: [ItemName]) -> [ItemName] {
        let keys = Set(names.map(\.key))
        return filter { !keys.contains($0.key) }
    }
}
