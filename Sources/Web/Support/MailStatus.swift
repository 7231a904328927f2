import Mail

/// The state of the mail, for the operator.
package struct MailStatus: Sendable {
    /// The reason why no mail can be sent; nil if it can.
    package var problem: MailHealth.Problem?
    package var waiting: Int
    package var undeliverable: Int
    /// Mail that was not sent before it had become useless.
    package var expired: Int

    package init(problem: MailHealth.Problem?, waiting: Int, undeliverable: Int, expired: Int) {
        (self.problem, self.waiting) = (problem, waiting)
        (self.undeliverable, self.expired) = (undeliverable, expired)
    }
}
