import Basics

/// Lists, tags and saved views.
package struct ListService: Sendable {
    private let store: any TaskStore
    private let writer: TaskWriter

    package init(_ tasks: TaskService) { (store, writer) = (tasks.store, tasks.writer) }

    // MARK: Lists

    /// The Inbox first, then the others in the order by hand.
    package func lists(of owner: UserID) async throws -> [TaskList] { try await store.lists(of: owner) }

    package func create(
        _ name: ItemName, color: ListColor, for user: TaskOwner, once: RepeatableWrite<TaskList>?
    ) async throws -> WriteOutcome<TaskList> {
        try await writer.write(for: user, bytes: name.text.size, once: once) { editor in
            let lists = try editor.transaction.lists()
            guard lists.count < TaskList.maximumCount else { throw Self.tooMany("lists", TaskList.maximumCount) }
            try Self.requireFree(name, among: lists.map(\.name), "A list")
            let last = lists.map(\.position).max()
            let list = TaskList(
                id: ListID(rawValue: editor.ids.next(at: editor.time)), name: name, color: color,
                position: last.flatMap { Position(beyond: $0, isAbove: false) } ?? Position(rawValue: "z"),
                isArchived: false,
                createdAt: editor.time, updatedAt: editor.time)
            try editor.transaction.insert(list)
            return list
        }
    }

    /// - Parameter isExpected: nil to change a list in any state.
    package func update(
        _ id: ListID, with changes: ListChanges, for user: TaskOwner, if isExpected: ItemCondition<TaskList>?
    ) async throws -> Written<TaskList> {
        try await writer.write(for: user) { editor in
            let lists = try editor.transaction.lists()
            guard let old = lists.first(where: { $0.id == id }) else { throw Self.noSuchList }
            if let isExpected, !isExpected(old) {
                guard changes.areMade(in: old) else { throw ItemConflict(current: old) }
                return old
            }
            var list = old
            if let name = changes.name, name.key != old.name.key {
                try Self.requireFree(name, among: lists.map(\.name), "A list")
            }
            list.name = changes.name ?? old.name
            list.color = changes.color ?? old.color
            if changes.isArchived == true, old.isInbox {
                throw AppError.invalid([FieldIssue("archived", "The Inbox cannot be archived.", .wrongValue)])
            }
            list.isArchived = changes.isArchived ?? old.isArchived
            list.position = try Self.position(of: old, changes, among: lists, editor)
            guard list != old else { return old }
            list.updatedAt = editor.time
            try editor.transaction.replace(old, with: list)
            return list
        }
    }

    /// Deletes a list, and puts its tasks into the trash.
    /// - Parameter isExpected: nil to delete a list in any state.
    package func delete(
        _ id: ListID, for user: TaskOwner, if isExpected: ItemCondition<TaskList>?
    ) async throws -> Written<TaskList> {
        try await writer.write(for: user) { editor in
            guard let list = try editor.transaction.list(id) else { throw Self.noSuchList }
            if let isExpected, !isExpected(list) { throw ItemConflict(current: list) }
            guard !list.isInbox else { throw AppError.forbidden("The Inbox cannot be deleted.") }
            let tasks = try editor.transaction.siblings(in: id, parent: nil).map(\.id)
            try editor.transaction.forEach(tasks, withRelatives: true) { try editor.delete(try editor.task($0)) }
            try editor.transaction.delete(list)
            return list
        }
    }

    private static func position(
        of list: TaskList, _ changes: ListChanges, among lists: [TaskList], _ editor: TaskEditor
    ) throws -> Position {
        guard let id = changes.before ?? changes.after else { return list.position }
        let isBefore = changes.before != nil
        var others = lists.filter { $0.id != list.id && !$0.isInbox }
        guard !list.isInbox, let index = others.firstIndex(where: { $0.id == id }) else {
            let field = isBefore ? "before" : "after"
            let sentence =
                if list.isInbox || id == .inbox {
                    "The Inbox is always first: choose another list."
                } else {
                    id == list.id ? "A list cannot be placed before or after itself." : "There is no such list."
                }
            throw AppError.invalid([FieldIssue(field, sentence, .wrongValue)])
        }
        func between() -> Position? {
            let (above, below) = isBefore ? (index - 1, index) : (index, index + 1)
            return Position(
                between: above >= 0 ? others[above].position : nil,
                and: below < others.count ? others[below].position : nil)
        }
        if let position = between(), !position.isLong { return position }
        for (index, position) in Position.evenly(others.count).enumerated() {
            let old = others[index]
            others[index].position = position
            others[index].updatedAt = editor.time
            try editor.transaction.replace(old, with: others[index])
        }
        return between() ?? list.position
    }

    // MARK: Tags

    /// By name.
    package func tags(of owner: UserID) async throws -> [Tag] { try await store.tags(of: owner) }

    package func createTag(
        _ name: ItemName, for user: TaskOwner, once: RepeatableWrite<Tag>?
    ) async throws -> WriteOutcome<Tag> {
        try await writer.write(for: user, bytes: name.text.size, once: once) { editor in
            guard try editor.transaction.tagCount() < Tag.maximumCount else {
                throw Self.tooMany("tags", Tag.maximumCount)
            }
            guard try editor.transaction.tag(key: name.key) == nil else { throw Self.taken("A tag") }
            let tag = Tag(
                id: TagID(rawValue: editor.ids.next(at: editor.time)), name: name, createdAt: editor.time,
                updatedAt: editor.time)
            try editor.transaction.insert(tag)
            return tag
        }
    }

    /// Renames a tag, on its tasks too.
    /// - Parameter isExpected: nil to rename a tag in any state.
    package func rename(
        _ id: TagID, to name: ItemName, for user: TaskOwner, if isExpected: ItemCondition<Tag>?
    ) async throws -> Written<Tag> {
        try await writer.write(for: user) { editor in
            guard let old = try editor.transaction.tag(id) else { throw Self.noSuchTag }
            guard name != old.name else { return old }
            if let isExpected, !isExpected(old) { throw ItemConflict(current: old) }
            if name.key != old.name.key, try editor.transaction.tag(key: name.key) != nil { throw Self.taken("A tag") }
            var tag = old
            (tag.name, tag.updatedAt) = (name, editor.time)
            try editor.transaction.replace(old, with: tag)
            try Self.retag(old.name, as: [name], editor)
            return tag
        }
    }

    /// Deletes a tag, and takes it off its tasks.
    /// - Parameter isExpected: nil to delete a tag in any state.
    package func delete(
        _ id: TagID, for user: TaskOwner, if isExpected: ItemCondition<Tag>?
    ) async throws -> Written<Tag> {
        try await writer.write(for: user) { editor in
            guard let tag = try editor.transaction.tag(id) else { throw Self.noSuchTag }
            if let isExpected, !isExpected(tag) { throw ItemConflict(current: tag) }
            try Self.retag(tag.name, as: [], editor)
            try editor.transaction.delete(tag)
            return tag
        }
    }

    private static func retag(_ name: ItemName, as new: [ItemName], _ editor: TaskEditor) throws {
        for old in try editor.transaction.tasks(tagged: name.key) {
            var task = old
            task.content.tags = old.content.tags.flatMap { $0.key == name.key ? new : [$0] }
            try editor.replace(old, with: &task)
        }
    }

    // MARK: Saved views

    /// In the order in which they were saved.
    package func views(of owner: UserID) async throws -> [SavedView] { try await store.views(of: owner) }

    package func createView(
        _ name: ItemName, query: String, for user: TaskOwner, once: RepeatableWrite<SavedView>?
    ) async throws -> WriteOutcome<SavedView> {
        try await writer.write(for: user, bytes: name.text.size, once: once) { editor in
            let views = try editor.transaction.views()
            guard views.count < SavedView.maximumCount else { throw Self.tooMany("views", SavedView.maximumCount) }
            try Self.requireFree(name, among: views.map(\.name), "A view")
            let view = SavedView(
                id: ViewID(rawValue: editor.ids.next(at: editor.time)), name: name, query: query,
                createdAt: editor.time, updatedAt: editor.time)
            try editor.transaction.insert(view)
            return view
        }
    }

    /// - Parameter isExpected: nil to change a view in any state.
    package func update(
        _ id: ViewID, name: ItemName?, query: String?, for user: TaskOwner, if isExpected: ItemCondition<SavedView>?
    ) async throws -> Written<SavedView> {
        try await writer.write(for: user) { editor in
            let views = try editor.transaction.views()
            guard let old = views.first(where: { $0.id == id }) else { throw Self.noSuchView }
            var view = old
            (view.name, view.query) = (name ?? old.name, query ?? old.query)
            guard view != old else { return old }
            if let isExpected, !isExpected(old) { throw ItemConflict(current: old) }
            if let name, name.key != old.name.key {
                try Self.requireFree(name, among: views.map(\.name), "A view")
            }
            view.updatedAt = editor.time
            try editor.transaction.replace(old, with: view)
            return view
        }
    }

    /// - Parameter isExpected: nil to delete a view in any state.
    package func delete(
        _ id: ViewID, for user: TaskOwner, if isExpected: ItemCondition<SavedView>?
    ) async throws -> Written<SavedView> {
        try await writer.write(for: user) { editor in
            guard let view = try editor.transaction.view(id) else { throw Self.noSuchView }
            if let isExpected, !isExpected(view) { throw ItemConflict(current: view) }
            try editor.transaction.delete(view)
            return view
        }
    }

    // MARK: Refusals

    private static func tooMany(_ things: String, _ count: Int) -> AppError {
        .invalid([FieldIssue("name", "An account may have at most \(count) \(things).", .tooLong)])
    }

    private static func taken(_ thing: String) -> AppError {
        .invalid([FieldIssue("name", "\(thing) with this name already exists.", .wrongValue)])
    }

    private static func requireFree(_ name: ItemName, among names: [ItemName], _ thing: String) throws(AppError) {
        guard !names.contains(where: { $0.key == name.key }) else { throw taken(thing) }
    }

    package static let noSuchList = AppError.notFound("List not found")
    package static let noSuchTag = AppError.notFound("Tag not found")
    package static let noSuchView = AppError.notFound("View not found")
}
