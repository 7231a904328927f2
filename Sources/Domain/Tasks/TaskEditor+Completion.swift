import Basics
import Calendar

extension TaskEditor {
    /// Completes an open task with its subtasks; one that repeats becomes due again instead, and its subtasks are open
    /// again.
    func complete(_ task: TaskItem) throws -> UpdatedTask {
        guard !task.isCompleted else { return UpdatedTask(task) }
        if let due = task.content.due, let repeats = task.content.repeats,
            let next = repeats.next(after: due, on: today, in: zones)
        {
            try transaction.insert(
                TaskCompletion(id: ids.next(at: time), taskID: task.id, instance: due, completedAt: time))
            try roll(task, from: due, to: next)
            return UpdatedTask(try self.task(task.id), completedInstance: due)
        }
        return UpdatedTask(try completeForGood(task))
    }

    /// Moves a repeating task on to its next due date without completing it.
    func skip(_ task: TaskItem) throws -> TaskItem {
        guard !task.isCompleted, let due = task.content.due, let repeats = task.content.repeats else {
            throw AppError.invalid([
                FieldIssue("repeat", "Only an open task that repeats can skip a date.", .wrongValue)
            ])
        }
        guard repeats.recurrence.rule != nil else {
            throw AppError.invalid([
                FieldIssue(
                    "repeat", "This repeat is kept as it is written, and its dates are not computed.", .wrongValue)
            ])
        }
        guard let next = repeats.next(after: due, on: today, skipsMissed: false, in: zones) else {
            throw AppError.invalid([
                FieldIssue("repeat", "This is the last date of the repeat: complete or delete the task.", .wrongValue)
            ])
        }
        try roll(task, from: due, to: next)
        return try self.task(task.id)
    }

    func reopen(_ task: TaskItem) throws -> TaskItem {
        var reopened = task
        reopened.completedAt = nil
        try replace(task, with: &reopened)
        return reopened
    }

    /// True if this instance of a repeating task was completed before: the client saw the task before it was due again.
    /// From the completion, a task may be due again on the same date; then only what was completed today counts.
    func isCompletedInstance(_ due: CalendarTime?, of task: TaskItem) throws -> Bool {
        guard let due, task.content.repeats != nil else { return false }
        return try transaction.hasCompletion(
            of: task.id, instance: due, since: due == task.content.due ? startOfToday : Timestamp(milliseconds: 0))
    }

    /// True if the changes complete an instance that was completed before.
    func repeatsCompletion(_ changes: TaskChanges, of task: TaskItem) throws -> Bool {
        try changes.isCompleted == true && isCompletedInstance(changes.due.value, of: task)
    }

    @discardableResult
    private func completeForGood(_ task: TaskItem) throws -> TaskItem {
        for subtask in try transaction.subtasks(of: task.id, inTrash: false) where !subtask.isCompleted {
            try completeForGood(subtask)
        }
        let old = try self.task(task.id)
        var completed = old
        completed.completedAt = time
        try replace(old, with: &completed)
        return completed
    }

    private func roll(
        _ old: TaskItem, from due: CalendarTime, to next: (due: CalendarTime, repeats: TaskRepeat)
    ) throws {
        var task = old
        task.content.start = task.content.start.flatMap { $0.moved(from: due, to: next.due) }
        task.content.due = next.due
        task.content.reminders = task.content.reminders.compactMap { reminder in
            guard case .at(let time) = reminder else { return reminder }
            return time.moved(from: due, to: next.due).map(Reminder.at)
        }
        task.content.repeats = next.repeats
        try replace(old, with: &task)
        try reopenSubtasks(of: task.id)
    }

    private func reopenSubtasks(of id: TaskID) throws {
        for subtask in try transaction.subtasks(of: id, inTrash: false) {
            if subtask.isCompleted { _ = try reopen(subtask) }
            try reopenSubtasks(of: subtask.id)
        }
    }
}
