import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// The feed of an account's changes, for clients that keep a copy of its tasks. Under the account's own path only.
struct ChangesAPI: Sendable {
    let feed: ChangeFeed

    func addRoutes(to group: RouteGroup<OwnTasksContext>) {
        group.get("changes", summary: "Read what has changed", Self.reading, use: read)
    }

    @Sendable private func read(_ request: Request, _ context: OwnTasksContext) async throws -> Response {
        let query = try request.query()
        var limit = FeedPage.defaultLimit
        if let text = query["limit"] {
            guard let number = Int(digits: text), FeedPage.limits.contains(number) else {
                throw InvalidQuery(issues: [.limit(FeedPage.limits)])
            }
            limit = number
        }
        do {
            let page = try await feed.page(of: context.owner, since: try Self.token(query["since"]), limit: limit)
            return .json(.ok) { $0.feedPage(page) }
        } catch is FeedExpired {
            return Self.expired(request)
        }
    }

    /// Nil for a client that has nothing yet.
    /// - Throws: `FeedExpired` for a token that is not ours, or of another version.
    static func token(_ text: String?) throws -> FeedToken? {
        guard let text, !text.isEmpty else { return nil }
        guard let token = FeedToken(text) else { throw FeedExpired() }
        return token
    }

    private static let refusal = HTTPError(
        .gone, "This token has expired. Start again at `snapshot`, without a token.")

    private static func expired(_ request: Request) -> Response {
        var problem = Problem(refusal, requestID: request.id)
        problem.type = expiredType
        return problem.jsonResponse(requestID: request.id) { $0.member("snapshot", snapshotPath) }
    }

    private static let expiredType = "sync-token-expired"
    private static let snapshotPath = "/api/changes"

    // MARK: Documentation

    private static let reading = Operation(
        "listChanges", .changes,
        "Begin without `since`: then all lists, tags, views and tasks are sent first. Go on with `next` as `since`, at "
            + "once while `more` is true, and later for what has changed: the latest state of each thing, or its deletion "
            + "(into the trash, too). A thing may be sent again unchanged.",
        parameters: [
            .query("since", .string("").saying("The `next` of the previous response, or the `id` of an event.")),
            .query(
                "limit",
                .integer(Int64(FeedPage.limits.lowerBound)...Int64(FeedPage.limits.upperBound), 100)
                    .standardly(.integer(Int64(FeedPage.defaultLimit)))),
        ],
        answers: [
            .json(.ok, "What has changed.", .feedPage), .wrongLimit(FeedPage.limits),
            Answer(
                status: .gone, text: refusal.detail,
                contents: [
                    Answer.Content(
                        type: "application/problem+json", schema: .feedExpired,
                        examples: [("too_old", JSONSchema.feedExpired.sample)])
                ]),
        ])
}

extension JSONWriter {
    fileprivate mutating func feedPage(_ page: FeedPage) {
        object {
            $0.name("changes")
            $0.array { json in for change in page.changes { json.feedChange(change) } }
            $0.member("next", page.next.text)
            $0.member("more", page.hasMore)
        }
    }

    mutating func feedChange(_ change: FeedChange) {
        object {
            $0.member("type", change.kind.rawValue)
            $0.member("op", change.item == nil ? "delete" : "put")
            $0.member("id", change.id)
            switch change.item {
            case nil: break
            case .task(let task)?:
                $0.name("object")
                task.write(to: &$0)
            case .list(let list)?:
                $0.name("object")
                list.write(to: &$0)
            case .tag(let tag)?:
                $0.name("object")
                tag.write(to: &$0)
            case .view(let view)?:
                $0.name("object")
                view.write(to: &$0)
            }
        }
    }
}

extension JSONSchema {
    static let feedChange = JSONSchema.answer(
        "Change",
        .required("type", .words(FeedSnapshot.kinds.map(\.rawValue)).showing("task")),
        .required("op", .words("put", "delete")),
        .required("id", .string(1...128, "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3")),
        .optional("object", .either(.task, .list, .tag, .view).saying("As it is now; left out if it was deleted.")))

    fileprivate static let feedPage = JSONSchema.answer(
        "Changes",
        .required("changes", .array(of: feedChange)),
        .required("next", .string("MS83ZjNh").saying("The token to go on with.")),
        .required("more", .boolean(false).saying("True if there are further changes already.")))

    fileprivate static let feedExpired: JSONSchema = {
        let others = problem.properties.filter { $0.name != "type" }
        var schema = JSONSchema(
            .object(
                [.required("type", .words("sync-token-expired"))] + others + [
                    .required("snapshot", .string("/api/changes").saying("Where to begin again."))
                ], isClosed: true))
        schema.name = "FeedExpired"
        return schema
    }()
}
