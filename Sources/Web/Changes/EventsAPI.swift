import Auth
import Domain
import HTTPServer
import JSON
import NIOCore
import NIOHTTP1
import Synchronization

/// The feed of an account's changes as a stream of server-sent events (WHATWG HTML, section 9.2).
struct EventsAPI: Sendable {
    let feed: ChangeFeed
    let bearer: BearerAuthentication

    func addRoutes(to group: RouteGroup<SignedInContext>) {
        group.get("events", summary: "Follow the changes", Self.following, use: follow)
    }

    /// Changes that are read at once.
    private static let pageSize = 100
    /// The time in which changes are gathered before they are sent.
    private static let pause = Duration.milliseconds(250)
    /// The time after which browsers connect again.
    private static let retryMilliseconds = 3000

    @Sendable private func follow(_ request: Request, _ context: SignedInContext) async throws -> Response {
        let owner = context.user.id
        // Before the feed is read, so that no change falls between. It leaves with the response.
        guard let listener = feed.hub.listen(to: owner, session: context.identity.session?.id) else {
            throw Self.tooMany
        }
        let given = try request.headers.first(name: "last-event-id") ?? request.query()["since"] ?? ""
        let start = given.isEmpty ? try await feed.token(of: owner) : FeedToken(given)
        let headers: HTTPHeaders = [
            "content-type": "text/event-stream", "cache-control": "no-store, no-transform", "x-accel-buffering": "no",
        ]
        let announces = try given.isEmpty && request.query().bool("start") == true
        let stream = EventStream(
            feed: feed, listener, bearer: bearer, identity: context.identity, start: start, announces: announces)
        return Response(
            status: .ok, headers: headers,
            stream: BodyStream(endsAtShutdown: true, pause: listener.whenSignalled, sendPart: stream.sendPart))
    }

    private static let tooMany = HTTPError(
        .tooManyRequests,
        "An account may have at most \(ChangeHub.maximumPerAccount) event streams open. Close one and try again.",
        headers: ["retry-after": "20"])

    private static let following = Operation(
        "followChanges", .changes,
        "Server-sent events. Each `change` has what an entry of `/api/changes` has, and an `id` to go on from, with "
            + "`Last-Event-ID` or `since`; without one, the stream begins with the next change. `reset` says that the "
            + "changes since that id are no longer known: read `/api/changes` again from the beginning. A comment line every 20 "
            + "seconds keeps the connection open. The stream ends with the session or the API token.",
        parameters: [
            .query("since", .string("").saying("The `next` of `/api/changes`, or the `id` of an event.")),
            .query(
                "start",
                .string("on").saying(
                    "`on`: without a token, the first event is `start`, with the `sequence` of the last change.")),
            .header("Last-Event-ID", .string("").saying("The `id` of the last event, as browsers send it.")),
        ],
        answers: [
            Answer(
                status: .ok, text: "The stream.",
                contents: [Answer.Content(type: "text/event-stream", schema: .event, examples: [])]),
            .problem(.tooManyRequests, [tooMany]),
        ])

    /// One stream.
    private final class EventStream: Sendable {
        private let feed: ChangeFeed
        private let listener: ChangeHub.Listener
        private let bearer: BearerAuthentication
        private let identity: Identity
        /// True if the client is told where the stream begins.
        private let announces: Bool
        private let progress: Mutex<Progress>

        private struct Progress {
            /// Nil if the client's token has expired.
            var place: FeedToken?
            var hasBegun = false
        }

        /// - Parameter start: nil if the client's token has expired.
        init(
            feed: ChangeFeed, _ listener: ChangeHub.Listener, bearer: BearerAuthentication, identity: Identity,
            start: FeedToken?, announces: Bool
        ) {
            self.feed = feed
            self.listener = listener
            self.bearer = bearer
            self.identity = identity
            self.announces = announces
            progress = Mutex(Progress(place: start))
        }

        /// Sends the changes since the last part.
        /// - Returns: false at the end of the session or the API token.
        @Sendable func sendPart(_ send: @escaping BodyStream.Send) async throws -> Bool {
            let signal = listener.take()
            let (start, hasBegun) = progress.withLock { progress in
                defer { progress.hasBegun = true }
                return (progress.place, progress.hasBegun)
            }
            if !hasBegun { try await begin(at: start, send) }
            if signal.contains(.session) || signal.contains(.tick), try await !bearer.isLive(identity) { return false }
            var hasSent = false
            if signal.contains(.change) || (feed.needsPolling && signal.contains(.tick)) {
                let place: FeedToken?
                (place, hasSent) = try await sendChanges(since: start, send)
                progress.withLock { $0.place = place }
            }
            if hasSent {
                try await Task.sleep(for: EventsAPI.pause)
            } else if signal.contains(.tick) {
                try await send(ByteBuffer(string: ":\n\n"))
            }
            return true
        }

        private func begin(at start: FeedToken?, _ send: BodyStream.Send) async throws {
            try await send(ByteBuffer(string: "retry: \(EventsAPI.retryMilliseconds)\n\n"))
            guard announces, let start else { return }
            try await send(
                Self.event("start", start) { json in json.object { $0.member("sequence", start.sequence) } })
        }

        /// - Returns: the place to go on from, and whether there was something to send.
        private func sendChanges(
            since start: FeedToken?, _ send: BodyStream.Send
        ) async throws -> (place: FeedToken?, hasSent: Bool) {
            let owner = identity.user.id
            var (place, hasSent) = (start, false)
            while true {
                do {
                    guard let since = place else { throw FeedExpired() }
                    let page = try await feed.page(of: owner, since: since, limit: EventsAPI.pageSize)
                    for change in page.changes {
                        try await send(Self.event("change", change.token) { $0.feedChange(change) })
                        hasSent = true
                    }
                    place = page.next
                    guard page.hasMore else { return (place, hasSent) }
                } catch is FeedExpired {
                    let now = try await feed.token(of: owner)
                    try await send(
                        Self.event("reset", now) { json in json.object { $0.member("snapshot", "/api/changes") } })
                    return (now, true)
                }
            }
        }

        private static func event(
            _ name: String, _ token: FeedToken, _ data: (inout JSONWriter) -> Void
        ) -> ByteBuffer {
            var json = JSONWriter()
            data(&json)
            var event = ByteBuffer(string: "event: \(name)\nid: \(token.text)\ndata: ")
            json.withBytes { _ = event.writeBytes($0) }
            event.writeString("\n\n")
            return event
        }
    }
}

extension JSONSchema {
    /// One event, of which the media type has many.
    fileprivate static let event = JSONSchema.answer(
        "Event",
        .required("event", .words("start", "change", "reset")),
        .required("id", .string("MS83ZjNh").saying("The token to go on with.")),
        .required(
            "data",
            .string("{}").saying(
                "JSON: a `Change`; of `start` the `sequence` of the last one; of `reset` the address of the `snapshot`."
            )))
}
