import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// The answer to a change whose `If-Match` or `If-None-Match` is not met.
enum ConflictResponse {
    static let refusal = HTTPError(
        .preconditionFailed,
        "It was changed meanwhile. Look at `current`, and send the change again with its ETag.")

    /// The present state with the refusal, so that a client can merge the two.
    static func make(
        _ request: Request, _ tag: TaskTag, current: (inout JSONWriter) -> Void
    ) -> Response {
        var response = Problem(Self.refusal, requestID: request.id).jsonResponse(requestID: request.id) {
            $0.name("current")
            current(&$0)
        }
        response.headers.replaceOrAdd(name: "etag", value: tag.text)
        return response
    }
}

extension JSONSchema {
    /// The output of `ConflictResponse.make`.
    static func conflict(_ name: String, _ item: JSONSchema) -> JSONSchema {
        var schema = JSONSchema(
            .object(problem.properties + [.required("current", item.saying("As it is now."))], isClosed: true))
        schema.name = name
        return schema
    }

    static let taskConflict = conflict("TaskConflict", .task)
}

extension Answer {
    /// - Parameter schema: one that `JSONSchema.conflict` has made.
    static func conflict(_ schema: JSONSchema) -> Answer {
        Answer(
            status: .preconditionFailed, text: ConflictResponse.refusal.detail,
            contents: [
                Content(
                    type: "application/problem+json", schema: schema, examples: [("changed_meanwhile", schema.sample)])
            ], headers: [.etag])
    }
}
