import Basics

/// The fields to change; nil leaves a field as it is.
package struct TaskChanges: Sendable, Hashable {
    package var title: TaskTitle?
    package var description: Patch<TaskDescription>
    package var isCompleted: Bool?

    package init(title: TaskTitle? = nil, description: Patch<TaskDescription> = .keep, isCompleted: Bool? = nil) {
        self.title = title
        self.description = description
        self.isCompleted = isCompleted
    }

    package init(_ draft: TaskDraft) {
        self.init(title: draft.title, description: Patch(draft.description), isCompleted: draft.isCompleted)
    }

    package var isEmpty: Bool { !changesText && isCompleted == nil }

    package var changesText: Bool { title != nil || !description.isKept }
}
