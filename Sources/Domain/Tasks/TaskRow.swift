import Basics
import Calendar

/// One task of a list.
@usableFromInline
package struct TaskRow: Sendable {
    @usableFromInline let rows: TaskRows
    @usableFromInline let index: Int

    @inlinable
    init(rows: TaskRows, index: Int) { (self.rows, self.index) = (rows, index) }

    package var isCompleted: Bool { optionalTime(.completedAt) != nil }

    package var priority: TaskPriority { TaskPriority(number: integer(.priority)) }

    /// Nil for a task that is not in the trash.
    package var deletedAt: Timestamp? {
        let time = integer(.deletedAt)
        return time == 0 ? nil : Timestamp(milliseconds: time)
    }

    /// True if it has a repeat, tags, a parent, reminders or subtasks; most tasks have none of them.
    @inlinable
    package var isElaborate: Bool {
        !(isNull(.repeats) && isNull(.tags) && isNull(.parentID) && isNull(.reminders)) || integer(.subtasks) > 0
    }

    @inlinable
    func isNull(_ column: TaskColumn) -> Bool { rows.isNull(column, at: index) }

    package var due: CalendarTime? { optionalText(.due).flatMap(CalendarTime.init(stored:)) }

    @inlinable
    package func integer(_ column: TaskColumn) -> Int64 { rows.integer(column, at: index) ?? 0 }

    /// A text, which should be UTF-8.
    @inlinable
    package func bytes(_ column: TaskColumn) -> ArraySlice<UInt8> { rows.bytes(column, at: index) ?? [] }

    @inlinable
    package func optionalBytes(_ column: TaskColumn) -> ArraySlice<UInt8>? { rows.bytes(column, at: index) }

    package func text(_ column: TaskColumn) -> String { String(decoding: bytes(column), as: UTF8.self) }

    package func optionalText(_ column: TaskColumn) -> String? {
        optionalBytes(column).map { String(decoding: $0, as: UTF8.self) }
    }

    package func time(_ column: TaskColumn) -> Timestamp { optionalTime(column) ?? Timestamp(milliseconds: 0) }

    package func optionalTime(_ column: TaskColumn) -> Timestamp? {
        rows.integer(column, at: index).map(Timestamp.init(milliseconds:))
    }
}
