import Calendar
import Domain
import HTTPServer
import JSON

extension TasksAPI {
    /// True for a change that is declared as a JSON Merge Patch (RFC 7396), which merges objects too. A body that is
    /// declared as plain JSON replaces `due`, `start` and `repeat` as a whole.
    static func isMergePatch(_ request: Request) -> Bool { request.contentType == "application/merge-patch+json" }

    /// Merges the objects of a patch into those of the task as it is, and does it again if these change meanwhile.
    func mergePatch(_ request: Request, _ context: some OwnerContext) async throws -> Response {
        let id = try Self.taskID(context)
        let isExpected = request.condition(on: TaskItem.self)
        var attempts = 3
        while true {
            let task = try await tasks.task(id, for: context.owner)
            let changes = try TaskChanges(request, merging: task, in: zones)
            do {
                let written = try await tasks.update(id, with: changes, for: context.taskOwner) { current in
                    current.content.due == task.content.due && current.content.start == task.content.start
                        && current.content.repeats == task.content.repeats && isExpected?(current) ?? true
                }
                return try Self.response(.ok, written.value).offering(written.undo)
            } catch let conflict as ItemConflict<TaskItem> {
                attempts -= 1
                guard attempts > 0, isExpected?(conflict.current) ?? true else { return try conflict.response(request) }
            }
        }
    }
}

extension TaskChanges {
    /// Reads a JSON Merge Patch of a task.
    fileprivate init(_ request: Request, merging task: TaskItem, in zones: TimeZoneDatabase) throws {
        var json = JSONWriter()
        json.task(task)
        guard case .object(let current) = try JSONReader.read(json.bytes) else { throw AppError.invalid([]) }
        try self.init(JSONBody(request).merging(objectsOf: current), in: zones)
    }
}
