/// A user's picture: a file that the user sent, given out at an address of its own.
package struct Picture: Sendable, Hashable {
    package let format: PictureFormat
    package let content: [UInt8]
    /// SHA-256 of the content, hexadecimal.
    package let digest: String

    package static let maximumBytes = 256 * 1024
    /// The address of a picture begins so, and ends with its digest.
    package static let pathPrefix = "/pictures/"

    package init(format: PictureFormat, content: [UInt8], digest: String) {
        self.format = format
        self.content = content
        self.digest = digest
    }

    package var path: String { Self.pathPrefix + digest }
}
