import Basics
import Crypto

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

extension FormTokens {
    /// - Parameter subject: the visitor whose browser is to send the draft back.
    /// - Returns: nil for a draft that is too long to be carried.
    package func seal(_ draft: FormDraft, for subject: String, at time: Timestamp) throws -> String? {
        let expiry = String(time.adding(seconds: FormDraft.lifetimeSeconds).milliseconds)
        let parts =
            [FormDraft.mark, subject, expiry, draft.account, draft.task]
            + draft.input.flatMap { [$0.key, $0.value] }
        let text = Array(parts.joined(separator: "\0").utf8)
        guard text.count <= FormDraft.maximumBytes, parts.allSatisfy({ !$0.utf8.contains(0) }) else { return nil }
        return try secrets.seal(text, boundTo: Array(FormDraft.mark.utf8))
    }

    /// - Returns: nil for a draft that was not sealed here, was sealed for another visitor, or has expired.
    package func draft(in sealed: String, for subject: String, at time: Timestamp) throws -> FormDraft? {
        guard let text = try secrets.open(sealed, boundTo: Array(FormDraft.mark.utf8)) else { return nil }
        let parts = text.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard parts.count >= 5, parts.count % 2 == 1, parts[0] == FormDraft.mark, parts[1].hasSameBytes(as: subject),
            let expiry = Int64(digits: parts[2]), time.milliseconds < expiry
        else { return nil }
        let input = stride(from: 5, to: parts.count, by: 2).map { (parts[$0], parts[$0 + 1]) }
        return FormDraft(
            account: parts[3], task: parts[4], input: Dictionary(input, uniquingKeysWith: { first, _ in first }))
    }
}
