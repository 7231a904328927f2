/// The content of a page of the list. One connection reads it in one turn, without waiting for a free one in between.
package struct TaskOverview: Sendable {
    package let lists: [TaskList]
    package let tags: [Tag]
    package let views: [SavedView]
    /// The tasks for each query, in their order.
    package let tasks: [TaskRows]

    package init(lists: [TaskList], tags: [Tag], views: [SavedView], tasks: [TaskRows]) {
        (self.lists, self.tags, self.views, self.tasks) = (lists, tags, views, tasks)
    }
}
