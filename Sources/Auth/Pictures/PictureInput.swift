import Basics
import Crypto
import Domain

/// A picture as sent by a client: an external address, or a data URL (RFC 2397) that holds the file itself.
package enum PictureInput: Sendable, Hashable {
    /// Never fetched or shown by this server.
    case address(String)
    case file(Picture)

    package static let maximumAddressLength = 2048
    private static let scheme = "data:"

    /// - Throws: `AppError.invalid` for the field `image`.
    package init(_ text: String) throws(AppError) {
        if Self.isDataURL(text) {
            self = .file(try Self.file(text))
        } else {
            try Self.check(address: text)
            self = .address(text)
        }
    }

    /// The value stored with the user.
    package var image: String {
        switch self {
        case .address(let address): address
        case .file(let picture): picture.path
        }
    }

    package var picture: Picture? {
        if case .file(let picture) = self { picture } else { nil }
    }

    package static func isDataURL(_ text: String) -> Bool {
        text.utf8.prefix(scheme.utf8.count).map(\.asciiLowercased).elementsEqual(scheme.utf8)
    }

    /// `data:image/png;base64,…`, in one of our formats and without other parameters.
    private static func file(_ url: String) throws(AppError) -> Picture {
        let bytes = url.utf8.dropFirst(scheme.utf8.count)
        guard let comma = bytes.firstIndex(of: UInt8(ascii: ",")) else { throw unusable }
        let head = String(decoding: bytes[..<comma].prefix(64).map(\.asciiLowercased), as: UTF8.self)
        let format = PictureFormat.allCases.first { head == $0.mediaType + ";base64" }
        // A common but unregistered spelling.
        guard let format = format ?? (head == "image/jpg;base64" ? .jpeg : nil) else { throw unusable }
        let text = bytes[bytes.index(after: comma)...]
        guard text.count <= (Picture.maximumBytes + 2) / 3 * 4 else { throw tooLarge }
        guard let content = Base64.decode(text), PictureFormat.read(content)?.format == format else { throw unusable }
        return try picture(in: content)
    }

    /// The picture in a file.
    /// - Throws: `AppError.invalid` for the field `image`.
    static func picture(in content: [UInt8]) throws(AppError) -> Picture {
        guard let found = PictureFormat.read(content) else { throw unusable }
        guard content.count <= Picture.maximumBytes else { throw tooLarge }
        guard found.size.isSane else { throw tooWide }
        guard let digest = try? SHA256.hexadecimalHash(content) else { throw unusable }
        return Picture(format: found.format, content: content, digest: digest)
    }

    /// Empty, or an absolute web address without characters that could end it in a page.
    private static func check(address: String) throws(AppError) {
        guard !address.isEmpty else { return }
        guard address.unicodeScalars.count <= maximumAddressLength else { throw addressTooLong }
        let start = String(decoding: address.utf8.prefix(8).map(\.asciiLowercased), as: UTF8.self)
        guard let scheme = ["http://", "https://"].first(where: start.hasPrefix),
            let first = address.utf8.dropFirst(scheme.utf8.count).first, !"/?#".utf8.contains(first),
            address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"\"<>\\^`{|}".utf8.contains($0) })
        else { throw unusable }
    }

    private static func issue(_ sentence: String, _ kind: FieldIssue.Kind) -> AppError {
        .invalid([FieldIssue("image", sentence, kind)])
    }

    private static let unusable = issue(
        "The picture must be a PNG, JPEG or WebP file as a data URL, or an address that begins with https.",
        .wrongValue)
    private static let tooLarge = issue(
        "The picture may have at most \(Picture.maximumBytes / 1024) KiB. Choose a smaller one.", .tooLong)
    private static let tooWide = issue(
        "The picture may have at most \(PictureFormat.Size.maximumSide) pixels on each side. Choose a smaller one.",
        .tooLong)
    private static let addressTooLong = issue(
        "The picture's address may have at most 2,048 characters.", .tooLong)
}
