/// One page of a list, and the cursor of the next.
package struct TaskPage: Sendable, Hashable {
    package var tasks: [TaskItem]
    /// The last id on the page; nil on the last page.
    package var nextCursor: TaskID?
}
