/// A picture uploaded by a user, served at its own address.
package struct Picture: Sendable, Hashable {
    package let format: PictureFormat
    package let content: [UInt8]
    /// SHA-256 of the content, hexadecimal.
    package let digest: String

    package static let maximumBytes = 256 * 1024
    /// The prefix of every picture's address, followed by its digest.
    package static let pathPrefix = "/pictures/"

    package init(format: PictureFormat, content: [UInt8], digest: String) {
        self.format = format
        self.content = content
        self.digest = digest
    }

    package var path: String { Self.pathPrefix + digest }
}
