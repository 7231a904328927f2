/// One page of a list, and where the next begins.
package struct TaskPage: Sendable, Hashable {
    package var tasks: [TaskItem]
    /// The last id shown; nil on the last page.
    package var nextCursor: TaskID?
}
