import Domain
import JSON

/// One row before and after a change; of a row that was changed, only the columns that differ, and the place of a task
/// that is deleted.
struct UndoStep {
    let kind: ItemKind
    let id: String
    /// Nil if there was no such row.
    let before: ItemImage?
    /// Nil if there is no such row any more.
    let after: ItemImage?
    /// In place of a new row, which is not kept twice: its digest.
    private(set) var digest: String?

    /// Nil if nothing differs.
    init?(_ kind: ItemKind, _ id: String, from before: ItemImage?, to after: ItemImage?) {
        (self.kind, self.id) = (kind, id)
        guard let before, let after else {
            guard before != nil || after != nil else { return nil }
            (self.before, self.after) = (before, after)
            return
        }
        var names = Set(before.keys.filter { before[$0] != after[$0] })
        guard !names.isEmpty else { return nil }
        // A task that is restored by itself in the meantime may come back to another place, which undoing then reports.
        if kind == .task, names.contains("deleted_at"), after["deleted_at"] != .integer(0) {
            names.formUnion(["list_id", "parent_id"])
        }
        self.before = before.filter { names.contains($0.key) }
        self.after = after.filter { names.contains($0.key) }
    }

    /// - Throws: `StorageError.failed` for a row that was not written by us.
    init(kind: String, id: String, before: String?, after: String?) throws {
        guard let kind = ItemKind(rawValue: kind) else {
            throw StorageError.failed("A step of undoing is about a \(kind), which is unknown.")
        }
        (self.kind, self.id) = (kind, id)
        self.before = try before.map(Self.image)
        if let after, after.hasPrefix(Self.digestMark) {
            (self.after, digest) = (nil, after)
        } else {
            self.after = try after.map(Self.image)
        }
    }

    /// Its row among those of all kinds.
    var item: String { Self.item(kind, id) }

    static func item(_ kind: ItemKind, _ id: String) -> String { "\(kind) \(id)" }

    /// The task of a completion.
    var completedTask: String? {
        if case .text(let task)? = (after ?? before)?["task_id"] { task } else { nil }
    }

    var beforeText: String? { before.map(Self.text) }
    var afterText: String? { after.map(Self.text) }

    private static let digestMark = "#"

    /// The digest of a row. Only changes are to be found out: who could make another row with the same digest owns both.
    static func digest(of image: ItemImage) -> String { digest(of: text(image)) }

    private static func digest(of text: String) -> String { digestMark + String(FNV.hash(text.utf8), radix: 36) }

    /// The digest of the `ItemImage` of a new task.
    static func digest(of task: TaskItem) -> String { digest(of: text(of: task)) }

    /// The same as that of its `ItemImage`.
    private static func text(of task: TaskItem) -> String {
        var json = JSONWriter()
        json.object {
            for column in sortedColumns {
                switch column.value(of: task) {
                case .text(let text): $0.member(column.name, text)
                case .integer(let integer): $0.member(column.name, integer)
                }
            }
        }
        return json.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private static let sortedColumns = ItemTable.taskColumns.sorted { "\($0.name)" < "\($1.name)" }

    private static func text(_ image: ItemImage) -> String {
        var json = JSONWriter()
        json.value(.object(JSONObject(image.sorted { $0.key < $1.key }.map { ($0.key, Self.json($0.value)) })))
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func json(_ value: SQLValue) -> JSONValue {
        switch value {
        // No column of an item is binary.
        case .null, .bytes: .null
        case .text(let text): .string(text)
        case .integer(let integer): .integer(integer)
        case .bool(let bool): .bool(bool)
        }
    }

    private static func image(_ text: String) throws -> ItemImage {
        guard case .object(let object)? = try? JSONReader.read(Array(text.utf8)) else {
            throw StorageError.failed("An undo step is not a JSON object.")
        }
        var image: ItemImage = [:]
        for (name, value) in object.members {
            image[name] =
                switch value {
                case .string(let text): .text(text)
                case .integer(let integer): .integer(integer)
                case .bool(let bool): .bool(bool)
                default: .null
                }
        }
        return image
    }
}
