import Calendar
import Domain

/// Items that a transaction has read, kept up to date with its own writes; no other transaction can change them meanwhile.
/// A change of many tasks need not ask for each of them, which takes a round trip to a database on another machine.
///
/// In each dictionary a key without a value has not been read, and nil is known not to exist.
struct KnownItems {
    /// Those outside of the trash.
    private(set) var tasks: [TaskID: TaskItem?] = [:]
    /// In the order by hand.
    private var subtasks: [TaskID: [TaskID]] = [:]
    /// Of the tasks of a list that have no parent.
    var firstPositions: [ListID: Position?] = [:]
    var lists: [ListID: TaskList?] = [:]
    /// By their keys.
    var tags: [String: Tag?] = [:]
    /// The owner's.
    var zone: TimeZoneRules?

    // MARK: Reading

    /// - Parameter found: those of the tasks that exist.
    mutating func add(_ found: [TaskItem], of ids: [TaskID]) {
        for id in ids { tasks.updateValue(nil, forKey: id) }
        for task in found { tasks.updateValue(task, forKey: task.id) }
    }

    /// - Parameter found: all subtasks of these parents, in the order by hand.
    mutating func add(subtasks found: [TaskItem], of parents: [TaskID]) {
        for parent in parents { subtasks[parent] = [] }
        for task in found {
            tasks.updateValue(task, forKey: task.id)
            if let parent = task.placement.parentID { subtasks[parent]?.append(task.id) }
        }
    }

    func subtasks(of parent: TaskID) -> [TaskItem]? {
        guard let ids = subtasks[parent] else { return nil }
        let known = ids.compactMap { tasks[$0] ?? nil }
        return known.count == ids.count ? known : nil
    }

    // MARK: Writing

    /// - Parameter old: nil for a new task.
    mutating func replace(_ old: TaskItem?, with new: TaskItem) {
        if let known = tasks.removeValue(forKey: new.id), old != nil {
            if new.deletedAt != nil {
                tasks.updateValue(nil, forKey: new.id)
            } else if let known {
                var task = new
                // It is counted apart from other changes.
                task.progress = known.progress
                tasks.updateValue(task, forKey: new.id)
            }
        }
        guard old?.placement != new.placement || old?.deletedAt != new.deletedAt else { return }
        if let parent = old?.placement.parentID, new.deletedAt != nil {
            // Mostly the first.
            if let index = subtasks[parent]?.firstIndex(of: new.id) { subtasks[parent]?.remove(at: index) }
        } else {
            for parent in [old?.placement.parentID, new.placement.parentID] { _ = parent.map { subtasks[$0] = nil } }
        }
        if let place = old?.placement, let first = firstPositions[place.listID], first == place.position {
            firstPositions[place.listID] = nil
        }
        let place = new.placement
        if place.parentID == nil, new.deletedAt == nil, let first = firstPositions[place.listID],
            first.map({ place.position < $0 }) ?? true
        {
            firstPositions.updateValue(place.position, forKey: place.listID)
        }
    }

    /// The subtasks of a task were counted again.
    mutating func update(_ progress: TaskProgress, of parent: TaskID) {
        guard var task = tasks[parent] ?? nil else { return }
        task.progress = progress
        tasks.updateValue(task, forKey: parent)
    }

    mutating func forget(_ task: TaskID) { tasks[task] = nil }

    /// Something of this kind was changed in a way that is not known here.
    mutating func forget(_ kind: ItemKind) {
        switch kind {
        case .task: (tasks, subtasks, firstPositions) = ([:], [:], [:])
        case .list: lists = [:]
        case .tag: tags = [:]
        case .view, .completion: break
        }
    }

    /// Before others are read: they could be too many to keep.
    mutating func forgetTasks() { (tasks, subtasks) = ([:], [:]) }
}
