import Basics
import Calendar

/// One account's tasks within a transaction, in which no other transaction changes them. It notes what is needed to undo
/// its changes.
package protocol TaskTransaction: AnyObject {
    var owner: UserID { get }

    /// A task that is not in the trash.
    func task(_ id: TaskID) throws -> TaskItem?
    /// Calls `work` with each of the ids. The tasks are read many at a time, before `work` asks for them.
    /// - Parameter withRelatives: true if it asks for what is above and below them, too.
    func forEach(_ ids: [TaskID], withRelatives: Bool, _ work: (TaskID) throws -> Void) throws
    func trashedTask(_ id: TaskID) throws -> TaskItem?
    /// The direct subtasks of a task that are in the trash, or that are not.
    func subtasks(of parent: TaskID, inTrash: Bool) throws -> [TaskItem]
    /// All siblings in the order by hand: the tasks of a list that have no parent, or the subtasks of one.
    func siblings(in list: ListID, parent: TaskID?) throws -> [TaskItem]
    func firstPosition(in list: ListID, parent: TaskID?) throws -> Position?
    func lastPosition(in list: ListID, parent: TaskID?) throws -> Position?
    /// The place of the sibling directly before or after a task, other than that of the task that is to be moved.
    func neighbor(of task: TaskItem, isBefore: Bool, except moved: TaskID) throws -> Position?
    func tasks(matching query: TaskQuery) throws -> TaskRows
    /// Tasks with this tag, in the trash too.
    func tasks(tagged key: String) throws -> [TaskItem]

    func insert(_ task: TaskItem) throws
    /// Writes the fields that differ; the progress of a parent follows by itself.
    func replace(_ old: TaskItem, with new: TaskItem) throws
    /// Deletes a task for good, with no way back.
    func deleteForGood(_ task: TaskItem) throws
    func insert(_ completion: TaskCompletion) throws
    /// True if the instance was completed since a time.
    func hasCompletion(of id: TaskID, instance: CalendarTime, since time: Timestamp) throws -> Bool

    func lists() throws -> [TaskList]
    func list(_ id: ListID) throws -> TaskList?
    func insert(_ list: TaskList) throws
    func replace(_ old: TaskList, with new: TaskList) throws
    func delete(_ list: TaskList) throws

    func tag(_ id: TagID) throws -> Tag?
    func tag(key: String) throws -> Tag?
    func tagCount() throws -> Int
    func insert(_ tag: Tag) throws
    func replace(_ old: Tag, with new: Tag) throws
    func delete(_ tag: Tag) throws

    func view(_ id: ViewID) throws -> SavedView?
    func views() throws -> [SavedView]
    func insert(_ view: SavedView) throws
    func replace(_ old: SavedView, with new: SavedView) throws
    func delete(_ view: SavedView) throws

    /// Undoes an earlier change.
    /// - Returns: nil if there is no such change of this account.
    func undo(_ id: UndoID) throws -> UndoReport?
}
