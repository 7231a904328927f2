import Basics
import Crypto
import Domain
import HTTPServer
import NIOHTTP1

/// The entity tag of something that shows an account's tasks (RFC 9110, section 8.8.3): a digest over the account, the
/// revision of its tasks, and the request. It contains the account, as a browser that two people share sends the tags
/// of one with the requests of the other.
struct TaskTag: Sendable {
    /// To be increased with every change to what is shown for the same tasks: clients keep answers across upgrades.
    private static let representation = 1

    /// A weak tag, as tasks that are read after their revision may be newer.
    let text: String

    /// - Parameter parts: all that the answer depends on besides the tasks.
    init(_ owner: UserID, _ revision: Revision, _ parts: String...) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        func append(_ part: String) {
            part.withBytes { bytes.append(contentsOf: $0) }
            // Does not occur in UTF-8 text.
            bytes.append(0xFF)
        }
        append(owner.rawValue)
        append(revision.epoch)
        append(String(revision.sequence))
        append(String(Self.representation))
        for part in parts { append(part) }
        text = "W/\"" + Base64URL.encode(Array(try SHA256.hash(bytes).prefix(16))) + "\""
    }

    /// The headers of an answer with this tag, which only the client may keep, and may not use without asking.
    var headers: HTTPHeaders {
        [
            "etag": text, "cache-control": "private, no-cache",
            "vary": "Authorization, Cookie, Accept-Encoding",
        ]
    }

    /// The answer to a client that has this representation; nil if the request names another, or none.
    /// - Parameter exists: false if it is not known yet whether there is anything to represent.
    func notModified(_ request: Request, exists: Bool = true) -> Response? {
        request.has(etag: text, exists: exists) ? Response(status: .notModified, headers: headers) : nil
    }
}
