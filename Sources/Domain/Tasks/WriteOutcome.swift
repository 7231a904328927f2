/// The outcome of a write that may have been carried out before.
package enum WriteOutcome<Value: Sendable>: Sendable {
    case done(Written<Value>)
    /// It was carried out before, perhaps for a request with another body; nothing was written now.
    case repeated(StoredAnswer)
}
