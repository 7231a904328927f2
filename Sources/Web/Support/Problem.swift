import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// An error as a response: status, one sentence, and related data. One translation for all errors; the API sends it as
/// a problem document (RFC 9457), pages as a page.
struct Problem {
    /// A relative reference that identifies the kind of problem, if clients tell it apart from others of its status.
    var type = "about:blank"
    var status: HTTPResponseStatus
    /// One actionable sentence.
    var detail: String
    var headers: HTTPHeaders = [:]
    var issues: [FieldIssue] = []
    /// The part of the request that the issues refer to: `body` or `query`.
    var issuePlace = "body"
    /// The sign-in that waits for a second factor.
    var secondFactor: PendingSecondFactor?
    /// The heading of the error page, if the status alone is not clear enough.
    var heading: String?
    /// The cause, for the log only.
    var cause: String?

    /// - Parameter isRead: true if the request could not have changed anything.
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
            case .secondFactorRequired(let pending): secondFactor = pending
            case .unauthenticated, .badCredentials, .wrongSecondFactor, .inactiveAccount, .deletionPending:
                headers = ["www-authenticate": "Bearer"]
            // RFC 6750, section 3.1.
            case .invalidAPIToken: headers = ["www-authenticate": #"Bearer error="invalid_token""#]
            case .insufficientScope(let scope):
                let needed = scope.map { #", scope="\#($0)""# } ?? ""
                headers = ["www-authenticate": #"Bearer error="insufficient_scope""# + needed]
            case .overloaded(let seconds): headers = ["retry-after": String(seconds)]
            case .throttled(let throttled): headers = throttled.headers
            case .writesTooFast(let seconds):
                headers = ["retry-after": String(seconds)]
                heading = "Not so fast"
            case .quotaExceeded: heading = "There is no room left"
            case .storageUnavailable(let text, let trouble):
                // RFC 4918 asks clients not to repeat a request that failed for lack of space.
                if status == .serviceUnavailable { headers = ["retry-after": "2"] }
                if status != .serviceUnavailable { heading = "That cannot be done just now" }
                if !isRead { detail += " Nothing was changed." }
                cause = "\(trouble.sentence) (\(text))"
            case .outcomeUnknown(let text):
                // Several client libraries honour this header; none retries by default without Retry-After.
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
        case .unauthenticated(let detail), .invalidAPIToken(let detail): (.unauthorized, detail)
        case .insufficientScope(let scope?): (.forbidden, "This API token lacks the scope \(scope).")
        case .insufficientScope(nil): (.forbidden, "API tokens are not accepted here. Sign in instead.")
        case .badCredentials: (.unauthorized, "Invalid credentials")
        case .inactiveAccount, .deletionPending: (.unauthorized, "Account is inactive")
        case .emailNotVerified: (.forbidden, "Email not verified")
        case .secondFactorRequired: (.forbidden, "Second factor required")
        case .wrongSecondFactor: (.unauthorized, "Invalid code")
        case .emailTaken: (.badRequest, "Email already registered")
        case .proofRequired: (.forbidden, "Confirm your password, then try again.")
        case .signUpRefused(let refusal): (.forbidden, refusal.sentence)
        case .lastAdmin: (.conflict, AppError.lastAdminSentence)
        case .forbidden(let detail): (.forbidden, detail)
        case .notFound(let detail): (.notFound, detail)
        case .unsupportedMediaType(let detail): (.unsupportedMediaType, detail)
        case .overloaded: (.serviceUnavailable, "Too many people are signing in just now. Try again in a moment.")
        case .throttled(let throttled): (.tooManyRequests, throttled.sentence)
        case .storageUnavailable(_, let trouble): (status(of: trouble), trouble.sentence)
        case .quotaExceeded(let detail): (.insufficientStorage, detail)
        case .writesTooFast(let seconds):
            (
                .tooManyRequests,
                "You are saving changes faster than an account may. Try again in \(Throttled.wait(seconds))."
            )
        // A 503 invites retries, which proxies perform; this request must not be retried.
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

    /// The problem document. A client that reads only `detail`, as both seeds do, has all it needs.
    /// - Parameter members: writes more members.
    func jsonResponse(requestID: String, members: (inout JSONWriter) -> Void = { _ in }) -> Response {
        var response = Response.json(status, headers: headers) {
            $0.object {
                $0.member("type", type)
                $0.member("title", status.reasonPhrase)
                $0.member("status", Int64(status.code))
                $0.member("detail", detail)
                $0.member("request_id", requestID)
                members(&$0)
                if let secondFactor { $0.members(secondFactor) }
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
    /// A typical request id, for examples.
    static let sampleRequestID = "1b4e28ba-2f"
}

extension JSONWriter {
    fileprivate mutating func members(_ pending: PendingSecondFactor) {
        member("challenge", pending.challenge)
        name("methods")
        array { json in for method in pending.methods { json.string(method.rawValue) } }
    }
}

extension JSONSchema {
    /// The output of `Problem.jsonResponse`.
    static let problem = JSONSchema.answer(
        "Problem",
        .required("type", .words("about:blank").saying("There is nothing more to read about it anywhere.")),
        .required("title", .string("Not Found").saying("The status in words.")),
        .required("status", .integer(400...599, 404).saying("The response's status.")),
        .required("detail", .string("Task not found").saying("One sentence that a person can act on.")),
        .required("request_id", .requestID),
        .optional(
            "challenge",
            .string("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6")
                .saying(
                    "For `POST /api/auth/second-factor`, within ten minutes; only where a second factor is required.")),
        .optional(
            "methods",
            .array(of: .words(SecondFactorMethod.allCases.map(\.rawValue)))
                .saying("What may be shown as the second factor; beside `challenge`.")),
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
    /// The header of RFC 9110 and the three usual rate limit headers (draft-ietf-httpapi-ratelimit-headers-03).
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
