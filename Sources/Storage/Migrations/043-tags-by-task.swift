extension Migration {
    /// The tags of a task, which are deleted with it: without this index, all of the owner's tags were read for each task.
    static let tagsByTask = Migration(version: 43, name: "tags by task") { _ in
        ["CREATE INDEX task_tags_by_task ON task_tags (user_id, task_id)"]
    }
}
