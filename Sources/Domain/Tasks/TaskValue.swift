/// The value of a column for a task.
package enum TaskValue: Sendable {
    case text(String?)
    case integer(Int64?)
}
