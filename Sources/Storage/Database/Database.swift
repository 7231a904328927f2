import Domain
import Metrics

/// A data store. Two databases share the same SQL; only the access to them differs.
package protocol Database: Sendable {
    /// Runs statements that change nothing. Each sees one consistent state; two in a row may see two.
    func read<Value: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> Value) async throws -> Value

    /// Runs statements in one transaction: when this returns, they are durable; when it throws, none of them took
    /// effect, except after `StorageError.outcomeUnknown`. A database with concurrent transactions may rerun `work`
    /// after a conflict.
    func write<Value: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> Value) async throws -> Value

    /// True if it is meant for several servers at the same time.
    var isShared: Bool { get }

    /// True while another server serves from the same file, as at an update that starts the new one first.
    var hasOtherServer: Bool { get }

    /// Receives announcements of other processes from now on, on a thread of the database's own; and `Change.anything`
    /// when the outcome of one of our own commits is unknown, before its caller learns of that.
    func listen(_ onChange: @escaping @Sendable (Change) -> Void) throws

    /// The last write that was refused for lack of space or permission, or because another program held the lock.
    var lastRefusedWrite: RefusedWrite? { get }

    /// Bytes that are free on the disk of the database's files, if they are ours.
    var freeDiskSpace: Int64? { get }

    /// Its queue, waits and sizes. May read the state of files, but no data.
    var metrics: [MetricFamily] { get }

    /// Checks for corruption in the background, if the database's files are ours.
    func inspect(_ onDamage: @escaping @Sendable (String) -> Void)

    /// Releases all resources. The database must not be used afterwards.
    func close()
}
