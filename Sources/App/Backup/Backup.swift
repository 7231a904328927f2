import Basics

/// A backup in a directory: a database file, and its manifest beside it.
package struct Backup: Sendable {
    package let name: BackupName
    private let directory: String

    init(_ name: BackupName, in directory: String) { (self.name, self.directory) = (name, directory) }

    /// The backup that a path leads to; nil if the file has another name.
    package init?(path: String) {
        guard let name = path.split(separator: "/").last.flatMap({ BackupName(String($0)) }) else { return nil }
        self.init(name, in: FileSystem.directory(of: path))
    }

    package var file: String { "\(directory)/\(name.text)" }
    package var manifestFile: String { "\(directory)/\(name.manifest)" }

    package var bytes: Int64 { get throws { try FileSystem.size(of: file) } }

    /// Nil if it is not there, or is none.
    package var manifest: BackupManifest? {
        guard let bytes = try? SystemError.bytes(ofFile: manifestFile) else { return nil }
        return BackupManifest(json: bytes, at: name.time)
    }
}
