import Basics

/// An e-mail to one recipient, as plain text and HTML.
package struct MailMessage: Sendable {
    package let from: Mailbox
    package let to: Mailbox
    package let subject: String
    package let text: String
    package let html: String
    /// Unique, and the same in each attempt to send the e-mail; without the domain.
    package let id: String
    package let time: Timestamp
    /// The address that ends mails of this kind, by a link and by a POST of the mail program (RFC 8058); nil for mail
    /// that cannot be ended.
    package let unsubscribeURL: String?

    /// - Throws: `MailError` for control characters in the subject or the id.
    package init(
        from: Mailbox, to: Mailbox, subject: String, text: String, html: String, id: String, time: Timestamp,
        unsubscribeURL: String? = nil
    ) throws(MailError) {
        guard (subject + id + (unsubscribeURL ?? "")).unicodeScalars.allSatisfy({ !$0.isControl }) else {
            throw .controlCharacter
        }
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.id = id
        self.time = time
        self.unsubscribeURL = unsubscribeURL
    }

    /// The message (RFC 5322) with both versions as alternatives (RFC 2046, section 5.1.4). It is ASCII in lines of at
    /// most 76 characters, long addresses excepted, so any server passes it on unchanged.
    /// - Parameter boundary: separates the parts; must not occur in them, so it should be random.
    package func serialized(boundary: String) -> String {
        let unsubscribe =
            unsubscribeURL.map {
                [("List-Unsubscribe", "<\($0)>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
            } ?? []
        let fields = [
            ("Date", time.internetDate + " +0000"),
            ("From", from.headerValue(after: 6)),
            ("To", to.headerValue(after: 4)),
            ("Subject", EncodedWord.encode(subject, after: 9)),
            ("Message-ID", "<\(id)@\(from.domain)>"),
            ("MIME-Version", "1.0"),
            // Vacation responders leave such an e-mail alone (RFC 3834, section 5; the second is Exchange's).
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("Content-Type", "multipart/alternative;\r\n boundary=\"\(boundary)\""),
        ]
        let head = (unsubscribe + fields).map { "\($0.0): \($0.1)\r\n" }.joined()
        // The last alternative is the preferred one.
        let parts = [("text/plain", text), ("text/html", html)].map { type, content in
            """
            --\(boundary)\r
            Content-Type: \(type); charset=utf-8\r
            Content-Transfer-Encoding: quoted-printable\r
            \r
            \(QuotedPrintable.encode(content))\r

            """
        }
        return head + "\r\n" + parts.joined() + "--\(boundary)--\r\n"
    }
}
