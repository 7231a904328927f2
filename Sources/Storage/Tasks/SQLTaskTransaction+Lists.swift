import Domain

extension SQLTaskTransaction {
    func lists() throws -> [TaskList] { try connection.lists(of: owner) }

    func list(_ id: ListID) throws -> TaskList? {
        if let list = known.lists[id] { return list }
        let list = try connection.lists(of: owner, "AND id = \(id)").first
        known.lists.updateValue(list, forKey: id)
        return list
    }

    func insert(_ list: TaskList) throws { try write(.list, list.id.rawValue, from: nil, to: .init(list)) }

    func replace(_ old: TaskList, with new: TaskList) throws {
        try write(.list, new.id.rawValue, from: .init(old), to: .init(new))
    }

    func delete(_ list: TaskList) throws { try write(.list, list.id.rawValue, from: .init(list), to: nil) }

    func tag(_ id: TagID) throws -> Tag? { try connection.tags(of: owner, "AND id = \(id)").first }

    func tag(key: String) throws -> Tag? {
        if let tag = known.tags[key] { return tag }
        let tag = try connection.tags(of: owner, "AND name_key = \(key)").first
        known.tags.updateValue(tag, forKey: key)
        return tag
    }

    func tagCount() throws -> Int {
        Int(try connection.row("SELECT COUNT(*) FROM tags WHERE user_id = \(owner)") { $0.integer(0) } ?? 0)
    }

    func insert(_ tag: Tag) throws { try write(.tag, tag.id.rawValue, from: nil, to: .init(tag)) }

    func replace(_ old: Tag, with new: Tag) throws {
        try write(.tag, new.id.rawValue, from: .init(old), to: .init(new))
    }

    func delete(_ tag: Tag) throws { try write(.tag, tag.id.rawValue, from: .init(tag), to: nil) }

    func view(_ id: ViewID) throws -> SavedView? { try connection.views(of: owner, "AND id = \(id)").first }

    func views() throws -> [SavedView] { try connection.views(of: owner) }

    func insert(_ view: SavedView) throws { try write(.view, view.id.rawValue, from: nil, to: .init(view)) }

    func replace(_ old: SavedView, with new: SavedView) throws {
        try write(.view, new.id.rawValue, from: .init(old), to: .init(new))
    }

    func delete(_ view: SavedView) throws { try write(.view, view.id.rawValue, from: .init(view), to: nil) }
}
