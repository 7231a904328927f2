import Basics
import Domain
import HTTPServer
import NIOHTTP1

/// A context's requirements on a request before the handler runs, for the documentation of every route behind it.
struct Requirements {
    var parameters: [Parameter] = []
    var proofs: [Operation.Proof] = []
    var answers: [Answer] = []
    /// Responses that only unsafe requests can get.
    var answersToChanges: [Answer] = []
}

extension Parameter {
    static let ownerID = Parameter.path(
        "user_id", .userID.saying("Your own id, from the response to signing in."))
}

extension Answer {
    /// The problem documents for these errors. All must have this status.
    static func problem(
        _ status: HTTPResponseStatus, _ errors: [any Error], isRead: Bool = false, headers: [Header] = []
    ) -> Answer {
        let problems = errors.map { Problem($0, requestID: Problem.sampleRequestID, isRead: isRead) }
        var headers = headers
        let known = [
            ("www-authenticate", Header.authenticate), ("retry-after", .retryAfter), ("x-should-retry", .shouldRetry),
        ]
        for (name, header) in known where problems.contains(where: { $0.headers.contains(name: name) }) {
            headers.append(header)
        }
        let examples = problems.map { problem in
            (name: problem.detail.exampleName, value: problem.document(requestID: Problem.sampleRequestID))
        }
        return Answer(
            status: status, text: problems.map(\.detail).joined(separator: " / "),
            contents: [Content(type: "application/problem+json", schema: .problem, examples: examples)],
            headers: headers)
    }

    static func problem(_ status: HTTPResponseStatus, _ details: String..., headers: [Header] = []) -> Answer {
        problem(status, details.map { HTTPError(status, $0) }, headers: headers)
    }

    /// The 422 response for a body.
    static func invalid(_ issues: FieldIssue...) -> Answer { problem(.unprocessableEntity, [AppError.invalid(issues)]) }

    static let unavailable = Answer.problem(.serviceUnavailable, [AppError.storageUnavailable("")], isRead: true)
    /// Possible responses of every operation that makes changes.
    static let toChanges: [Answer] = [
        .problem(.internalServerError, [AppError.outcomeUnknown("")]),
        .problem(.insufficientStorage, [AppError.storageUnavailable("", .full)]),
    ]
    static let overloaded = Answer.problem(
        .serviceUnavailable, [AppError.overloaded(retryAfterSeconds: 1), AppError.storageUnavailable("")])
    /// The response of operations that check a password or create an account.
    static let throttled = Answer.problem(
        .tooManyRequests, [AppError.throttled(Throttled(limit: 15, retryAfterSeconds: 42))], headers: Header.limits)
    static let tooLarge = Answer.problem(.payloadTooLarge, "The request's body is too large.")
    /// The response to path segments that are not valid text.
    static let undecodable = Answer.problem(.badRequest, "A field is not percent-encoded UTF-8.")

    static let notModified = Answer.empty(
        .notModified, "It is still what the `If-None-Match` of the request names.", headers: [.etag])

    /// Possible responses of every operation with a JSON body.
    static let toBodies: [Answer] = [
        .problem(.badRequest, "The JSON is not valid at byte 1: a name in quotes is expected here."), .tooLarge,
        .problem(.unsupportedMediaType, "Send the body as JSON, with Content-Type: application/json."),
    ]

    /// Merges responses with the same status.
    static func merged(_ answers: [Answer]) -> [Answer] {
        var merged: [Answer] = []
        for answer in answers {
            guard let index = merged.firstIndex(where: { $0.status == answer.status }) else {
                merged.append(answer)
                continue
            }
            merged[index].add(answer)
        }
        return merged.sorted { $0.status.code < $1.status.code }
    }

    private mutating func add(_ other: Answer) {
        // A header that one of them may lack cannot be promised for both.
        for index in headers.indices where !other.headers.contains(where: { $0.name == headers[index].name }) {
            headers[index].isRequired = false
        }
        for var header in other.headers where !headers.contains(where: { $0.name == header.name }) {
            header.isRequired = false
            headers.append(header)
        }
        links += other.links
        var isNews = false
        for content in other.contents {
            guard let index = contents.firstIndex(where: { $0.type == content.type }) else {
                contents.append(content)
                isNews = true
                continue
            }
            for example in content.examples where !contents[index].examples.contains(where: { $0.name == example.name })
            {
                contents[index].examples.append(example)
                isNews = true
            }
        }
        if isNews || other.contents.isEmpty { text += " / " + other.text }
    }
}

extension Answer.Header {
    static let retryAfter = Answer.Header(
        name: "Retry-After",
        schema: .string(pattern: "^[0-9]+$", "2").saying("After how many seconds the same request may succeed."))
    static let shouldRetry = Answer.Header(
        name: "X-Should-Retry",
        schema: .string(pattern: "^false$", "false").saying("Look before the request is repeated."))
    /// The usual rate limit headers (draft-ietf-httpapi-ratelimit-headers-03).
    static let limits = ["Limit", "Remaining", "Reset"].map { name in
        Answer.Header(name: "RateLimit-\(name)", schema: .string(pattern: "^[0-9]+$", name == "Remaining" ? "0" : "15"))
    }
    static let authenticate = Answer.Header(
        name: "WWW-Authenticate", schema: .string("Bearer").saying("The scheme to answer with (RFC 9110, 11.6.1)."))
    /// - Parameter example: the address of a page.
    static func nextPage(_ example: String) -> Answer.Header {
        Answer.Header(
            name: "Link",
            schema: .string("<\(example)>; rel=\"next\"").saying("The next page (RFC 8288); not there on the last."),
            isRequired: false)
    }
    static let etag = Answer.Header(
        name: "ETag", schema: .string("\"3fa2\"").saying("Send it as If-None-Match, and 304 says that nothing is new."))
}

extension String {
    /// An example's name, made from the letters of a sentence: `task_not_found`.
    fileprivate var exampleName: String {
        let words = lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return words.prefix(5).joined(separator: "_")
    }
}
