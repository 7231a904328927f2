#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Finds and reads the template files below a directory.
struct TemplateDirectory: Sendable {
    /// The attributes that reveal a change of a file.
    struct Stamp: Equatable, Sendable {
        let path: String
        let modified: Date?
        let size: Int?
    }

    private static let sizeLimit = 1_000_000
    /// The maximum depth of directories.
    private static let depthLimit = 16

    private let root: String

    init(_ path: String) {
        root = URL(fileURLWithPath: path, isDirectory: true).resolvingSymlinksInPath().path
    }

    /// Every template by name, with a stamp that changes when the file does. Hidden files, directories behind symbolic
    /// links and files behind links that lead out of the root are left out. Throws if the root cannot be listed.
    func stamps() throws -> [String: Stamp] {
        var stamps: [String: Stamp] = [:]
        for entry in try FileManager.default.contentsOfDirectory(atPath: root) {
            collect(entry, name: entry, depth: 0, into: &stamps)
        }
        return stamps
    }

    /// The sources of `stamps`, and the problems with files that could not be read.
    func read(_ stamps: [String: Stamp]) -> (sources: [TemplateSource], problems: [TemplateError]) {
        var sources: [TemplateSource] = []
        var problems: [TemplateError] = []
        for (name, stamp) in stamps.sorted(by: { $0.key < $1.key }) {
            let problem: String
            if stamp.size ?? 0 > Self.sizeLimit {
                problem = "this is larger than \(Self.sizeLimit) bytes"
            } else if let data = FileManager.default.contents(atPath: stamp.path) {
                sources.append(TemplateSource(name: name, bytes: [UInt8](data), isIndented: true))
                continue
            } else {
                problem = "this cannot be read"
            }
            problems.append(
                TemplateError(
                    file: TemplateSource.file(of: name), line: 1, column: 1, message: problem, sourceLine: "", caret: 0)
            )
        }
        return (sources, problems)
    }

    private func collect(_ entry: String, name: String, depth: Int, into stamps: inout [String: Stamp]) {
        guard !entry.utf8.starts(with: [ASCII.dot]), depth <= Self.depthLimit else { return }
        var path = root + "/" + name
        guard var attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return }
        let isLink = attributes[.type] as? FileAttributeType == .typeSymbolicLink
        if isLink {
            path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard path.utf8.starts(with: (root + "/").utf8),
                let target = try? FileManager.default.attributesOfItem(atPath: path)
            else { return }
            attributes = target
        }
        switch attributes[.type] as? FileAttributeType {
        case .typeDirectory where !isLink:
            for child in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                collect(child, name: name + "/" + child, depth: depth + 1, into: &stamps)
            }
        case .typeRegular:
            guard let name = Self.templateName(ofFile: name) else { return }
            stamps[name] = Stamp(
                path: path, modified: attributes[.modificationDate] as? Date,
                size: Self.size(attributes[.size]))
        default: break
        }
    }

    /// Nil for a file that is no template.
    private static func templateName(ofFile file: String) -> String? {
        let reversed = file.utf8.reversed()
        if reversed.starts(with: ".html".utf8.reversed()) {
            return String(decoding: file.utf8.dropLast(5), as: UTF8.self)
        }
        return reversed.starts(with: ".text".utf8.reversed()) ? file : nil
    }

    /// Foundation's two implementations return the size in different types.
    private static func size(_ attribute: Any?) -> Int? {
        (attribute as? Int) ?? (attribute as? UInt64).flatMap(Int.init(exactly:))
    }
}
