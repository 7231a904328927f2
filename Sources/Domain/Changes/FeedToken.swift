import Basics

/// A place in the feed of an account's changes, as clients keep it.
package struct FeedToken: Sendable, Hashable {
    /// That of the account's changes; a copy of the database has another.
    package let epoch: String
    /// The number of the last change that the client knows.
    package let sequence: Int64
    /// A random number that belongs to that change. If a backup was restored, the change with this number is another one.
    package let nonce: Int64
    /// Nil once all has been read.
    package let snapshot: FeedSnapshot?

    package init(epoch: String, sequence: Int64, nonce: Int64, snapshot: FeedSnapshot? = nil) {
        (self.epoch, self.sequence, self.nonce, self.snapshot) = (epoch, sequence, nonce, snapshot)
    }

    package var text: String {
        var parts = ["1", epoch, String(sequence), String(nonce)]
        if let snapshot { parts += [snapshot.kind.rawValue, snapshot.lastID ?? ""] }
        return Base64URL.encode(Array(parts.joined(separator: "/").utf8))
    }

    /// Nil for a text that is no token.
    package init?(_ text: String) {
        guard text.utf8.count <= 512, let bytes = Base64URL.decode(text.utf8) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self)
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // Nothing that was given has blanks or controls.
        guard parts.allSatisfy({ $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }) else { return nil }
        guard parts.count == 4 || parts.count == 6, parts[0] == "1", let sequence = Int64(parts[2]), sequence >= 0,
            let nonce = Int64(parts[3])
        else { return nil }
        var snapshot: FeedSnapshot?
        if parts.count == 6 {
            guard let kind = ItemKind(rawValue: parts[4]), FeedSnapshot.kinds.contains(kind) else { return nil }
            snapshot = FeedSnapshot(kind: kind, lastID: parts[5].isEmpty ? nil : parts[5])
        }
        self.init(epoch: parts[1], sequence: sequence, nonce: nonce, snapshot: snapshot)
    }
}
