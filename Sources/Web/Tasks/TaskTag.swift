import Basics
import Crypto
import Domain
import HTTPServer
import JSON
import NIOCore
import NIOHTTP1

/// The entity tag of something that shows an account's tasks (RFC 9110, section 8.8.3). It depends on the account, because
/// a shared browser may send one account's tag with another's request.
struct TaskTag: Sendable {
    let text: String

    /// The tag of a list, known before it is read: weak, as tasks that are read after their revision may be newer.
    /// - Parameter parts: all that the answer depends on besides the tasks.
    init(_ owner: UserID, _ revision: Revision, _ parts: String...) throws {
        let texts = JoinedTexts(
            [owner.rawValue, revision.epoch, String(revision.sequence), String(Self.representation)] + parts)
        text = "W/" + (try Self.quotedDigest(texts.bytes))
    }

    /// The tag of a page: weak, as it is sent compressed as well.
    init(_ owner: UserID, page: ByteBuffer) throws {
        let hasher = try SHA256Hasher()
        try hasher.update(ArraySlice(owner.rawValue.utf8))
        try page.withUnsafeReadableBytes { try hasher.update($0) }
        text = "W/" + Self.quoted(try hasher.hash())
    }

    /// - Parameter json: a single task, list, tag or view as it is sent.
    init(json: [UInt8]) throws {
        text = try Self.quotedDigest(json + [UInt8(truncatingIfNeeded: Self.representation)])
    }

    private static func quotedDigest(_ bytes: [UInt8]) throws -> String { quoted(try SHA256.hash(bytes)) }

    private static func quoted(_ digest: [UInt8]) -> String { "\"" + Base64URL.encode(digest.prefix(16)) + "\"" }

    /// The headers of an answer with this tag: only the client may keep it, and must revalidate it before reuse.
    var headers: HTTPHeaders {
        [
            "etag": text, "cache-control": "private, no-cache",
            "vary": "Authorization, Cookie, Accept-Encoding",
        ]
    }

    /// The answer to a client that has this representation; nil unless `If-None-Match` matches.
    /// - Parameter exists: false if it is not known yet whether there is anything to represent.
    func notModified(_ request: Request, exists: Bool = true) -> Response? {
        request.has(etag: text, exists: exists) ? Response(status: .notModified, headers: headers) : nil
    }
}
