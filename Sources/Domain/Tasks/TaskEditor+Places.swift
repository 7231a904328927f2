import Basics

extension TaskEditor {
    static let listOfParent = AppError.invalid([
        FieldIssue("list_id", "A subtask is in the list of its parent.", .wrongValue)
    ])
    private static let noSuchList = AppError.invalid([FieldIssue("list_id", "There is no such list.", .wrongValue)])

    private static func wrongParent(_ sentence: String) -> AppError {
        .invalid([FieldIssue("parent_id", sentence, .wrongValue)])
    }

    func requireList(_ id: ListID) throws {
        guard try transaction.list(id) != nil else { throw Self.noSuchList }
    }

    /// The task that is to have another as its subtask.
    /// - Parameter task: nil for a task that has no subtasks itself.
    func parent(_ id: TaskID, of task: TaskItem?) throws -> TaskItem {
        guard let parent = try transaction.task(id) else { throw Self.wrongParent("There is no such task.") }
        var (depth, ancestor) = (1, parent)
        while true {
            if ancestor.id == task?.id { throw Self.wrongParent("A task cannot be its own subtask.") }
            guard let next = ancestor.placement.parentID, let above = try transaction.task(next) else { break }
            (depth, ancestor) = (depth + 1, above)
            // Cannot happen, unless the table was edited by hand.
            guard depth <= 2 * TaskPlacement.maximumDepth else { break }
        }
        guard depth + (try task.map { try height(of: $0.id) } ?? 0) <= TaskPlacement.maximumDepth else {
            throw Self.wrongParent("Subtasks may be nested at most \(TaskPlacement.maximumDepth) levels deep.")
        }
        return parent
    }

    /// The levels of subtasks below a task.
    private func height(of id: TaskID) throws -> Int {
        try transaction.subtasks(of: id, inTrash: false).map { 1 + (try height(of: $0.id)) }.max() ?? 0
    }

    /// Puts a task into another list or below another task, at its beginning or its end.
    func relocate(_ task: inout TaskItem, _ changes: TaskChanges) throws {
        let old = task.placement
        let parentID = changes.parentID.applied(to: old.parentID)
        var place = old
        if parentID != old.parentID {
            place.parentID = parentID
            if let parentID { place.listID = try parent(parentID, of: task).placement.listID }
        }
        if let listID = changes.listID, listID != place.listID {
            guard place.parentID == nil else {
                // A subtask that is put into another list leaves its parent.
                guard changes.parentID.isKept else { throw Self.listOfParent }
                place.parentID = nil
                try requireList(listID)
                place.listID = listID
                return try put(&task, at: place)
            }
            try requireList(listID)
            place.listID = listID
        }
        if (place.listID, place.parentID) != (old.listID, old.parentID) { try put(&task, at: place) }
    }

    private func put(_ task: inout TaskItem, at place: TaskPlacement) throws {
        var place = place
        place.position = place.parentID == nil ? try beginning(of: place) : try end(of: place)
        if place.listID != task.placement.listID { try moveSubtasks(of: task.id, to: place.listID) }
        task.placement = place
    }

    private func moveSubtasks(of id: TaskID, to list: ListID) throws {
        for subtask in try transaction.subtasks(of: id, inTrash: false) {
            var moved = subtask
            moved.placement.listID = list
            try replace(subtask, with: &moved)
            try moveSubtasks(of: subtask.id, to: list)
        }
    }

    /// The place above all siblings.
    func beginning(of place: TaskPlacement) throws -> Position {
        try beginning(of: place, above: transaction.firstPosition(in: place.listID, parent: place.parentID))
    }

    /// The place above all siblings, of which the first is known.
    func beginning(of place: TaskPlacement, above first: Position?) throws -> Position {
        if let position = first.flatMap({ Position(beyond: $0, isAbove: true) }) { return position }
        if let position = Position(between: nil, and: first), !position.isLong { return position }
        try renumber(try siblings(of: place, except: nil))
        let renumbered = try transaction.firstPosition(in: place.listID, parent: place.parentID)
        return Position(between: nil, and: renumbered) ?? Position(rawValue: "i")
    }

    /// The place below all siblings.
    func end(of place: TaskPlacement) throws -> Position {
        let last = try transaction.lastPosition(in: place.listID, parent: place.parentID)
        if let position = last.flatMap({ Position(beyond: $0, isAbove: false) }) { return position }
        if let position = Position(between: last, and: nil), !position.isLong { return position }
        try renumber(try siblings(of: place, except: nil))
        let renumbered = try transaction.lastPosition(in: place.listID, parent: place.parentID)
        return Position(between: renumbered, and: nil) ?? Position(rawValue: "i")
    }

    private func siblings(of place: TaskPlacement, except moved: TaskID?) throws -> [TaskItem] {
        try transaction.siblings(in: place.listID, parent: place.parentID).filter { $0.id != moved }
    }

    /// Gives siblings places at equal distances.
    private func renumber(_ siblings: [TaskItem]) throws {
        for (sibling, position) in zip(siblings, Position.evenly(siblings.count)) {
            var moved = sibling
            moved.placement.position = position
            try transaction.replace(sibling, with: moved)
        }
    }

    /// Moves a task within its list or to another.
    func move(_ old: TaskItem, _ move: TaskMove) throws -> TaskItem {
        var changes = TaskChanges()
        (changes.listID, changes.parentID) = (move.listID, move.parentID)
        let sibling = try (move.before ?? move.after).map { id in
            guard id != old.id, let sibling = try transaction.task(id) else {
                let field = move.before == nil ? "after" : "before"
                let sentence =
                    id == old.id ? "A task cannot be placed before or after itself." : "There is no such task."
                throw AppError.invalid([FieldIssue(field, sentence, .wrongValue)])
            }
            return sibling
        }
        if let sibling {
            // The place is the sibling's; what else is said must agree with it.
            let place = sibling.placement
            guard move.listID ?? place.listID == place.listID,
                move.parentID.applied(to: place.parentID) == place.parentID
            else {
                let field = move.before == nil ? "after" : "before"
                throw AppError.invalid([
                    FieldIssue(field, "That task is in another list, or has another parent.", .wrongValue)
                ])
            }
            changes.parentID = Patch(place.parentID)
            changes.listID = place.parentID == nil ? place.listID : nil
        }
        var task = old
        try relocate(&task, changes)
        if let sibling {
            task.placement.position = try position(of: task, beside: sibling, isBefore: move.before != nil)
        }
        try replace(old, with: &task)
        return try self.task(task.id)
    }

    private func position(of task: TaskItem, beside sibling: TaskItem, isBefore: Bool) throws -> Position {
        func between(_ sibling: TaskItem) throws -> Position? {
            let other = try transaction.neighbor(of: sibling, isBefore: isBefore, except: task.id)
            let position = sibling.placement.position
            return isBefore ? Position(between: other, and: position) : Position(between: position, and: other)
        }
        if let found = try between(sibling), !found.isLong { return found }
        // Equal places, or many moves into the same gap: the siblings are renumbered.
        try renumber(try siblings(of: sibling.placement, except: task.id))
        guard let sibling = try transaction.task(sibling.id) else { return task.placement.position }
        return try between(sibling) ?? sibling.placement.position
    }
}
