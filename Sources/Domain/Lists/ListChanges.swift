/// The fields of a list to change; nil leaves a field as it is.
package struct ListChanges: Sendable, Hashable {
    package var name: ItemName?
    package var color: ListColor?
    package var isArchived: Bool?
    /// The list that it is moved before.
    package var before: ListID?
    /// The list that it is moved after.
    package var after: ListID?

    package init() {}

    /// True if they leave a list as it is. A move beside another list is always one.
    package func areMade(in list: TaskList) -> Bool {
        before == nil && after == nil && (name ?? list.name) == list.name && (color ?? list.color) == list.color
            && (isArchived ?? list.isArchived) == list.isArchived
    }
}
