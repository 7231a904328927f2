/// A way to deliver mail.
package protocol Mailer: Sendable {
    /// - Parameter boundary: separates the parts of the message; random.
    func deliver(_ message: MailMessage, boundary: String) async -> SMTPOutcome
}
