import Basics

/// Texts as bytes, joined so that no other texts give the same ones.
struct JoinedTexts: Hashable {
    private(set) var bytes: [UInt8] = []

    init(_ texts: [String]) {
        bytes.reserveCapacity(texts.reduce(texts.count) { $0 + $1.utf8.count })
        for text in texts {
            text.withBytes { bytes.append(contentsOf: $0) }
            // Does not occur in UTF-8 text.
            bytes.append(0xFF)
        }
    }

    /// At once; an array would hash each byte by itself.
    func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
}
