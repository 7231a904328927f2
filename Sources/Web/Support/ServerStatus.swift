/// The state of the server's parts, for its operator.
package struct ServerStatus: Sendable {
    /// A sentence, or nil if requests can be served.
    package var problem: String?
    /// True while another server serves from the same SQLite file.
    package var hasOtherServer: Bool
    /// Bytes on the disk of an SQLite file, and those of them that are kept free; nil for other databases.
    package var disk: (free: Int64, reserve: Int64)?
    /// Nil if no mail is sent, or if the database does not answer.
    package var mail: MailStatus?

    /// Nil if there are neither backups nor a schedule for them.
    package var backup: BackupStatus?

    package init(
        problem: String?, hasOtherServer: Bool = false, disk: (free: Int64, reserve: Int64)?, mail: MailStatus?,
        backup: BackupStatus? = nil
    ) {
        (self.problem, self.hasOtherServer, self.disk) = (problem, hasOtherServer, disk)
        (self.mail, self.backup) = (mail, backup)
    }
}
