import Basics
import Calendar

/// An instance of a repeating task that was completed.
package struct TaskCompletion: Sendable, Hashable {
    package let id: String
    package let taskID: TaskID
    /// The due date of the instance.
    package let instance: CalendarTime
    package let completedAt: Timestamp

    package init(id: String, taskID: TaskID, instance: CalendarTime, completedAt: Timestamp) {
        (self.id, self.taskID, self.instance, self.completedAt) = (id, taskID, instance, completedAt)
    }
}
