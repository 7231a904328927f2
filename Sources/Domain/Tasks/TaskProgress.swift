/// The number of a task's subtasks, and of those that are completed. Subtasks of subtasks count for their own parent.
package struct TaskProgress: Sendable, Hashable {
    package var total: Int64
    package var completed: Int64

    package init(total: Int64 = 0, completed: Int64 = 0) { (self.total, self.completed) = (total, completed) }

    package init(of subtasks: [TaskItem]) {
        self.init(total: Int64(subtasks.count), completed: Int64(subtasks.count(where: \.isCompleted)))
    }
}
