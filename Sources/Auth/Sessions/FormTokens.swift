import Basics
import Crypto
import Domain

/// The CSRF token in every form: an HMAC over the identifier of the sender's session or browser, so it is useless in
/// another session.
package struct FormTokens: Sendable {
    private let hmacs: HMACs
    private let secrets: Secrets

    package init(_ secrets: Secrets) throws {
        hmacs = try secrets.hmacs(for: "forms")
        self.secrets = secrets
    }

    /// - Parameter subject: a session's id, or the random visitor id of a browser that has not signed in.
    package func token(for subject: String) throws -> String {
        Base64URL.encode(try hmacs.code(for: subject.utf8))
    }

    package func isValid(_ token: String, for subject: String) throws -> Bool {
        try Base64URL.decode(token.utf8).map { try hmacs.isCode($0, for: Array(subject.utf8)) } ?? false
    }
}

// Data that a form carries, sealed: it is bound to the visitor whose browser is to send it back, and expires.
extension FormTokens {
    /// - Returns: nil for a draft that is too long to be carried.
    package func seal(_ draft: FormDraft, for subject: String, at time: Timestamp) throws -> String? {
        let parts = [draft.account, draft.task] + draft.input.flatMap { [$0.key, $0.value] }
        return try seal(parts, as: FormDraft.mark, for: subject, until: time.adding(seconds: FormDraft.lifetimeSeconds))
    }

    /// - Returns: nil for a draft that was not sealed here, was sealed for another visitor, or has expired.
    package func draft(in sealed: String, for subject: String, at time: Timestamp) throws -> FormDraft? {
        guard let parts = try open(sealed, as: FormDraft.mark, for: subject, at: time), parts.count >= 2,
            parts.count % 2 == 0
        else { return nil }
        let input = stride(from: 2, to: parts.count, by: 2).map { (parts[$0], parts[$0 + 1]) }
        return FormDraft(
            account: parts[0], task: parts[1], input: Dictionary(input, uniquingKeysWith: { first, _ in first }))
    }

    private static let deletionMark = "pending deletion 1"
    private static let deletionSeconds: Int64 = 600

    package func seal(_ pending: PendingDeletion, for subject: String, at time: Timestamp) throws -> String? {
        let parts = [pending.userID.rawValue, String(pending.requestedAt.milliseconds), pending.credentialDigest]
        return try seal(parts, as: Self.deletionMark, for: subject, until: time.adding(seconds: Self.deletionSeconds))
    }

    /// - Returns: nil for one that was not sealed here, was sealed for another visitor, or has expired.
    package func pendingDeletion(
        in sealed: String, for subject: String, at time: Timestamp
    ) throws -> PendingDeletion? {
        guard let parts = try open(sealed, as: Self.deletionMark, for: subject, at: time), parts.count == 3,
            let requestedAt = Int64(digits: parts[1])
        else { return nil }
        return PendingDeletion(
            userID: UserID(rawValue: parts[0]), requestedAt: Timestamp(milliseconds: requestedAt),
            credentialDigest: parts[2])
    }

    private static let verificationMark = "pending verification 1"
    private static let verificationSeconds: Int64 = 3600

    package func seal(_ pending: PendingVerification, for subject: String, at time: Timestamp) throws -> String? {
        try seal(
            [pending.email.text, pending.credentialDigest], as: Self.verificationMark, for: subject,
            until: time.adding(seconds: Self.verificationSeconds))
    }

    /// - Returns: nil for one that was not sealed here, was sealed for another visitor, or has expired.
    package func pendingVerification(
        in sealed: String, for subject: String, at time: Timestamp
    ) throws -> PendingVerification? {
        guard let parts = try open(sealed, as: Self.verificationMark, for: subject, at: time), parts.count == 2,
            let email = EmailAddress(parts[0])
        else { return nil }
        return PendingVerification(email: email, credentialDigest: parts[1])
    }

    private static let secondFactorMark = "pending second factor 1"

    package func seal(_ pending: PendingSecondFactor, for subject: String, at time: Timestamp) throws -> String? {
        let methods = pending.methods.map(\.rawValue)
        return try seal(
            [pending.challenge] + methods, as: Self.secondFactorMark, for: subject,
            until: time.adding(seconds: SignInChallenge.lifetimeSeconds))
    }

    /// - Returns: nil for one that was not sealed here, was sealed for another visitor, or has expired.
    package func pendingSecondFactor(
        in sealed: String, for subject: String, at time: Timestamp
    ) throws -> PendingSecondFactor? {
        guard let parts = try open(sealed, as: Self.secondFactorMark, for: subject, at: time),
            let challenge = parts.first
        else { return nil }
        return PendingSecondFactor(
            challenge: challenge, methods: parts.dropFirst().compactMap(SecondFactorMethod.init))
    }

    // MARK: Sealing

    private func seal(
        _ parts: [String], as mark: String, for subject: String, until expiry: Timestamp
    ) throws -> String? {
        let all = [mark, subject, String(expiry.milliseconds)] + parts
        let text = Array(all.joined(separator: "\0").utf8)
        guard text.count <= FormDraft.maximumBytes, all.allSatisfy({ !$0.utf8.contains(0) }) else { return nil }
        return try secrets.seal(text, boundTo: Array(mark.utf8))
    }

    private func open(
        _ sealed: String, as mark: String, for subject: String, at time: Timestamp
    ) throws -> [String]? {
        guard let text = try secrets.open(sealed, boundTo: Array(mark.utf8)) else { return nil }
        let parts = text.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard parts.count >= 3, parts[0] == mark, parts[1].hasSameBytes(as: subject),
            let expiry = Int64(digits: parts[2]), time.milliseconds < expiry
        else { return nil }
        return Array(parts[3...])
    }
}
