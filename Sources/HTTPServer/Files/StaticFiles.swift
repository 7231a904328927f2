import FoundationEssentials
import NIOCore
import NIOHTTP1
import Synchronization

/// The files of one directory, read into memory when the program starts. A path is looked up and never opened, so none
/// can lead outside.
///
/// Every file has two addresses: `/static/<digest>/app.css`, whose content never changes and is cached indefinitely,
/// and its plain `/app.css`, which is revalidated every time. The digest covers the whole directory, so modules and
/// style sheets may refer to each other relatively. Unless files are reloaded, comments and indentation of style sheets
/// and scripts are left out.
package final class StaticFiles: Sendable {
    private struct Snapshot: Sendable {
        var files: [String: PublicDocument] = [:]
        var digest = ""
        var stamp = ""
    }

    private static let urlPrefix = "static"
    private static let maximumFileSize = 8 * 1024 * 1024
    private let directory: String
    private let reloads: Bool
    private let snapshot: Mutex<Snapshot>

    package struct LoadError: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter reloads: check for changed files at every request; for development.
    package init(directory: String, reloads: Bool) throws {
        self.directory = directory
        self.reloads = reloads
        snapshot = Mutex(try Self.load(directory, condenses: !reloads))
    }

    /// The permanent address of a file: `url("app.css")` is `/static/3f…/app.css`.
    package func url(_ path: String) -> String { "/\(Self.urlPrefix)/\(current().digest)/\(path)" }

    /// The file that a path names, or nil.
    package func response(to request: Request) -> Response? {
        let snapshot = current()
        var segments = request.route.segments[...]
        // An escaped slash is no separator.
        guard !segments.contains(where: { $0.utf8.contains(UInt8(ascii: "/")) }) else { return nil }
        var isLasting = false
        if segments.count > 2, segments.first == Self.urlPrefix {
            // A page of an older version may still ask; it gets the current file, but not cached indefinitely.
            isLasting = segments[1] == snapshot.digest
            segments = segments.dropFirst(2)
        }
        return snapshot.files[segments.joined(separator: "/")]?.response(to: request, isLasting: isLasting)
    }

    private func current() -> Snapshot {
        guard reloads else { return snapshot.withLock { $0 } }
        return snapshot.withLock { snapshot in
            if let stamp = try? Self.stamp(Self.list(directory)), stamp != snapshot.stamp,
                let fresh = try? Self.load(directory, condenses: false)
            {
                snapshot = fresh
            }
            return snapshot
        }
    }

    private struct Entry {
        var name: String
        var path: String
        var size: Int
        var changed: Date
    }

    /// All regular files, without hidden ones and without the targets of symbolic links.
    private static func list(_ directory: String, below prefix: String = "") throws -> [Entry] {
        var entries: [Entry] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() where !name.hasPrefix(".") {
            let path = directory + "/" + name
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory?: entries += try list(path, below: prefix + name + "/")
            case .typeRegular?:
                entries.append(
                    Entry(
                        name: prefix + name, path: path, size: (attributes[.size] as? Int) ?? 0,
                        changed: (attributes[.modificationDate] as? Date) ?? .distantPast))
            default: continue
            }
        }
        return entries
    }

    private static func stamp(_ entries: [Entry]) -> String {
        entries.map { "\($0.name) \($0.size) \($0.changed.timeIntervalSince1970)" }.joined(separator: "\n")
    }

    private static func load(_ directory: String, condenses: Bool) throws -> Snapshot {
        guard let entries = try? list(directory) else {
            throw LoadError(description: "The directory \(directory) cannot be read.")
        }
        var snapshot = Snapshot()
        var all = Fingerprint()
        for entry in entries {
            guard entry.size <= maximumFileSize else {
                throw LoadError(
                    description: "\(entry.path) is larger than 8 MiB; files this large need a web server of their own.")
            }
            guard let contents = FileManager.default.contents(atPath: entry.path) else {
                throw LoadError(description: "\(entry.path) cannot be read.")
            }
            let data = condenses ? SourceLines.condensed(Array(contents), name: entry.name) : Array(contents)
            var own = Fingerprint()
            own.add(data)
            all.add(entry.name.utf8)
            all.add(data)
            snapshot.files[entry.name] = PublicDocument(
                ByteBuffer(bytes: data), tag: own.text, contentType: contentType(of: entry.name))
        }
        snapshot.digest = all.text
        snapshot.stamp = stamp(entries)
        return snapshot
    }

    private static func contentType(of name: String) -> String {
        switch name.split(separator: ".").last.map(String.init) ?? "" {
        case "css": "text/css; charset=utf-8"
        // Modules and workers are read as UTF-8 whatever the charset (HTML standard, "fetch a single module script").
        case "js", "mjs": "text/javascript"
        case "html": "text/html; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "json", "webmanifest": "application/json"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}

/// FNV-1a over 64 bits, and the length: distinguishes versions of a file. It is not cryptographic and need not be, as
/// the files are trusted.
private struct Fingerprint {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    private var length = 0

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            length += 1
        }
    }

    var text: String { String(hash, radix: 36) + String(length, radix: 36) }
}
