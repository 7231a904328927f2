/// The outcome of a write that may have been carried out before.
package enum WriteOutcome: Sendable {
    case done(TaskItem)
    /// It was carried out before, perhaps for a request with another body; nothing was written now.
    case repeated(StoredAnswer)

    /// The task, if it was written now.
    /// - Throws: `AppError.notFound` otherwise.
    func task() throws(AppError) -> TaskItem {
        guard case .done(let task) = self else { throw TaskService.noSuchTask }
        return task
    }
}
