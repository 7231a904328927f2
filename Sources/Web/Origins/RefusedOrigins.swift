import Basics
import HTTPServer
import Logging
import Synchronization

/// Logs refused origins, and the setting that would allow them: at most one line a minute, as any client can send any
/// number of them.
final class RefusedOrigins: Sendable {
    private struct State {
        var toldAt: ContinuousClock.Instant?
        var untold = 0
    }

    private static let interval = Duration.seconds(60)
    private let logger: Logger
    private let state = Mutex(State())

    init(_ logger: Logger) { self.logger = logger }

    func note(_ request: Request) {
        let untold: Int? = state.withLock { state in
            if let toldAt = state.toldAt, .now - toldAt < Self.interval {
                state.untold += 1
                return nil
            }
            defer { state = State(toldAt: .now) }
            return state.untold
        }
        guard let untold else { return }
        let header = request.headers.first(name: "origin") ?? request.headers.first(name: "referer")
        var metadata: Logger.Metadata = [
            "origin": "\(header.map { String($0.prefix(200)) } ?? "-")", "request_id": "\(request.id)",
            "advice": "\(Self.advice(header, request))",
        ]
        if untold > 0 { metadata["untold"] = .stringConvertible(untold) }
        logger.warning("a request of another origin was refused", metadata: metadata)
    }

    private static func advice(_ header: String?, _ request: Request) -> String {
        guard let origin = header.flatMap({ WebURL($0)?.origin }) else { return "No setting allows this." }
        let isHere = "set LATCHKEY_URL=\(origin.text)"
        let isFrontEnd = "add it to FRONTEND_URL"
        switch request.headers.first(name: "sec-fetch-site") {
        // The browser reports that the page came from this server, so only our idea of the address is wrong.
        case "same-origin": return "Browsers find this server there: \(isHere)."
        case "cross-site", "same-site": return "If it is a front end of yours, \(isFrontEnd)."
        default: return "If browsers find this server there, \(isHere); if it is a front end of yours, \(isFrontEnd)."
        }
    }
}
