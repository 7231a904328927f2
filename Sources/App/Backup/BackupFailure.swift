/// A backup that could not be made, or is unusable, as one sentence.
package struct BackupFailure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
