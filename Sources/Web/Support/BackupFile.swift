import Basics

/// A backup, for the operator.
package struct BackupFile: Sendable {
    package let name: String
    package let madeAt: Timestamp
    package let bytes: Int64

    package init(name: String, madeAt: Timestamp, bytes: Int64) {
        (self.name, self.madeAt, self.bytes) = (name, madeAt, bytes)
    }
}
