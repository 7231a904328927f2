/// The act that a link in a mail permits.
package enum LinkPurpose: String, Sendable {
    case passwordReset = "password-reset"
    case emailVerification = "email-verification"
}
