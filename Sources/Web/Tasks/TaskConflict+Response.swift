import Domain
import HTTPServer
import JSON
import NIOHTTP1

extension TaskConflict {
    static let refusal = HTTPError(
        .preconditionFailed,
        "The task was changed meanwhile. Look at `current`, and send the change again with its ETag.")

    /// The present state with the refusal, so that a client can merge the two.
    func response(requestID: String) throws -> Response {
        var response = Problem(Self.refusal, requestID: requestID).jsonResponse(requestID: requestID) {
            $0.name("current")
            $0.task(current)
        }
        response.headers.replaceOrAdd(name: "etag", value: try TaskTag(current).text)
        return response
    }
}

extension JSONSchema {
    /// The output of `TaskConflict.response`.
    static let taskConflict: JSONSchema = {
        var schema = JSONSchema(
            .object(problem.properties + [.required("current", .task.saying("The task as it is now."))], isClosed: true)
        )
        schema.name = "TaskConflict"
        return schema
    }()
}
