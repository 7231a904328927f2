import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// What went wrong, as an answer: status, one sentence, and what belongs to it. One translation for all errors; the
/// API shows it as a problem document (RFC 9457), pages as a page.
struct Problem {
    var status: HTTPResponseStatus
    /// One sentence that a person can act on.
    var detail: String
    var headers: HTTPHeaders = [:]
    var issues: [FieldIssue] = []
    /// Where in the request the issues are: `body` or `query`.
    var issuePlace = "body"
    /// What a page says above the detail, where the status alone does not tell.
    var heading: String?
    /// For the log alone.
    var cause: String?

    /// - Parameter isRead: whether the request would have changed nothing in any case.
    init(_ error: any Error, requestID: String, isRead: Bool = false) {
        switch error {
        case let error as HTTPError:
            status = error.status
            detail = error.detail
            headers = error.headers
        case let error as InvalidQuery:
            (status, detail) = Self.translate(.invalid(error.issues))
            issues = error.issues
            issuePlace = "query"
        case let error as AppError:
            (status, detail) = Self.translate(error)
            switch error {
            case .invalid(let issues): self.issues = issues
            case .unauthenticated, .badCredentials, .inactiveAccount: headers = ["www-authenticate": "Bearer"]
            case .overloaded(let seconds): headers = ["retry-after": String(seconds)]
            case .throttled(let throttled): headers = throttled.headers
            case .writesTooFast(let seconds):
                headers = ["retry-after": String(seconds)]
                heading = "Not so fast"
            case .quotaExceeded: heading = "There is no room left"
            case .storageUnavailable(let text, let trouble):
                // RFC 4918 wants no repetition of a request that found no room.
                if status == .serviceUnavailable { headers = ["retry-after": "2"] }
                if status != .serviceUnavailable { heading = "That cannot be done just now" }
                if !isRead { detail += " Nothing was changed." }
                cause = "\(trouble.sentence) (\(text))"
            case .outcomeUnknown(let text):
                // As several clients' libraries ask it; none of them repeats by itself without a Retry-After.
                headers = ["x-should-retry": "false"]
                heading = "That may have been saved, or not"
                cause = "The outcome of a commit is unknown. (\(text))"
            default: break
            }
        default:
            status = .internalServerError
            detail = "Something went wrong on our side. It was logged as \(requestID)."
            cause = String(reflecting: error)
        }
    }

    private static func translate(_ error: AppError) -> (HTTPResponseStatus, String) {
        switch error {
        case .invalid(let issues): (.unprocessableEntity, issues.map(\.message).joined(separator: " "))
        case .malformed(let detail): (.badRequest, detail)
        case .unauthenticated(let detail): (.unauthorized, detail)
        case .badCredentials: (.unauthorized, "Invalid credentials")
        case .inactiveAccount: (.unauthorized, "Account is inactive")
        case .emailTaken: (.badRequest, "Email already registered")
        case .forbidden(let detail): (.forbidden, detail)
        case .notFound(let detail): (.notFound, detail)
        case .unsupportedMediaType(let detail): (.unsupportedMediaType, detail)
        case .overloaded: (.serviceUnavailable, "Too many people are signing in just now. Try again in a moment.")
        case .throttled(let throttled): (.tooManyRequests, throttled.sentence)
        case .storageUnavailable(_, let trouble): (status(of: trouble), trouble.sentence)
        case .quotaExceeded(let detail): (.insufficientStorage, detail)
        case .writesTooFast(let seconds):
            (.tooManyRequests, "You write faster than an account may. Try again in \(Throttled.wait(seconds)).")
        // A 503 invites to try again, and proxies do; this must not be.
        case .outcomeUnknown:
            (.internalServerError, "It is not known whether this was saved. Look before you try again.")
        }
    }

    private static func status(of trouble: StorageTrouble) -> HTTPResponseStatus {
        switch trouble {
        case .full, .nearlyFull: .insufficientStorage
        case .damaged: .internalServerError
        default: .serviceUnavailable
        }
    }

    /// The problem document as a value, for examples.
    func document(requestID: String) -> JSONValue {
        (try? JSONReader.read(jsonResponse(requestID: requestID).body.readableBytesView)) ?? .null
    }

    /// The problem document. A client that reads `detail` only, as both seeds do, has what it needs.
    func jsonResponse(requestID: String) -> Response {
        var response = Response.json(status, headers: headers) {
            $0.object {
                $0.member("type", "about:blank")
                $0.member("title", status.reasonPhrase)
                $0.member("status", Int64(status.code))
                $0.member("detail", detail)
                $0.member("request_id", requestID)
                guard !issues.isEmpty else { return }
                $0.name("errors")
                $0.array { json in
                    for issue in issues {
                        json.object {
                            $0.name("loc")
                            $0.array {
                                $0.string(issuePlace)
                                $0.string(issue.field)
                            }
                            $0.member("msg", issue.message)
                            $0.member("type", issue.kind.rawValue)
                        }
                    }
                }
            }
        }
        response.headers.replaceOrAdd(name: "content-type", value: "application/problem+json")
        return response
    }
}

extension Problem {
    /// A request id as ours look, for examples.
    static let sampleRequestID = "1b4e28ba-2f"
}

extension JSONSchema {
    /// What `Problem.jsonResponse` writes.
    static let problem = JSONSchema.answer(
        "Problem",
        .required("type", .words("about:blank").saying("There is nothing more to read about it anywhere.")),
        .required("title", .string("Not Found").saying("The status in words.")),
        .required("status", .integer(400...599, 404).saying("The answer's status.")),
        .required("detail", .string("Task not found").saying("One sentence that a person can act on.")),
        .required("request_id", .requestID),
        .optional(
            "errors",
            .array(
                of: .answer(
                    "FieldIssue",
                    .required(
                        "loc",
                        .array(of: .string("title")).showing(["body", "title"])
                            .saying("Where it is: `body` or `query`, and the field's name.")),
                    .required("msg", .string("Enter a title.").saying("What is wrong, as a sentence.")),
                    .required(
                        "type",
                        .words(FieldIssue.Kind.allCases.map(\.rawValue)).saying("What kind of rule was broken."))
                )
            ).saying("What is wrong with which field; only with status 422."))
    ).saying("What went wrong (RFC 9457).")

    static let requestID = JSONSchema.string(Problem.sampleRequestID)
        .saying("What the log calls this request; the same as X-Request-Id.")
}

extension Throttled {
    /// The header of RFC 9110 and the three that most limiters send (draft-ietf-httpapi-ratelimit-headers-03).
    var headers: HTTPHeaders {
        [
            "retry-after": String(retryAfterSeconds), "ratelimit-limit": String(limit), "ratelimit-remaining": "0",
            "ratelimit-reset": String(retryAfterSeconds),
        ]
    }

    var sentence: String {
        "Too many attempts. Try again in \(Self.wait(retryAfterSeconds))."
    }

    static func wait(_ seconds: Int) -> String {
        let minutes = (seconds + 59) / 60
        return seconds == 1 ? "1 second" : minutes <= 2 ? "\(seconds) seconds" : "\(minutes) minutes"
    }
}
