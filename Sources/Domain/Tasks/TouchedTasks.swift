/// The owners whose tasks a write may change.
package enum TouchedTasks: Sendable {
    case of(UserID)
    case nobodys
    case anybodys
}
