import Testing

@testable import Mail

/// Vectors that Python's parser reads back.
@Suite struct EncodingTests {
    @Test(arguments: [
        ("Reset your password", "Reset your password"),
        (
            "Пароль сброшен — проверьте почту, пожалуйста, сегодня",
            "=?UTF-8?B?0J/QsNGA0L7Qu9GMINGB0LHRgNC+0YjQtdC9IOKAlCDQv9GA0L4=?=\r\n =?UTF-8?B?0LLQtdGA0YzRgtC1INC/0L7Rh9GC0YMsINC/0L7QttCw0LvRg9C50YHRgtCw?=\r\n =?UTF-8?B?LCDRgdC10LPQvtC00L3Rjw==?="
        ),
        (
            "日本語の件名日本語の件名日本語の件名日本語の件名日本語の件名日本語の件名日本語の件名日本語の件名",
            "=?UTF-8?B?5pel5pys6Kqe44Gu5Lu25ZCN5pel5pys6Kqe44Gu5Lu25ZCN5pel?=\r\n =?UTF-8?B?5pys6Kqe44Gu5Lu25ZCN5pel5pys6Kqe44Gu5Lu25ZCN5pel5pys6Kqe44Gu?=\r\n =?UTF-8?B?5Lu25ZCN5pel5pys6Kqe44Gu5Lu25ZCN5pel5pys6Kqe44Gu5Lu25ZCN5pel?=\r\n =?UTF-8?B?5pys6Kqe44Gu5Lu25ZCN?="
        ),
        ("a=?UTF-8?B?eA==?= literal", "=?UTF-8?B?YT0/VVRGLTg/Qj9lQT09Pz0gbGl0ZXJhbA==?="),
        (
            "emoji 👩‍👩‍👧‍👦 familyemoji 👩‍👩‍👧‍👦 familyemoji 👩‍👩‍👧‍👦 family",
            "=?UTF-8?B?ZW1vamkg8J+RqeKAjfCfkanigI3wn5Gn4oCN8J+RpiBmYW1pbHll?=\r\n =?UTF-8?B?bW9qaSDwn5Gp4oCN8J+RqeKAjfCfkafigI3wn5GmIGZhbWlseWVtb2ppIA==?=\r\n =?UTF-8?B?8J+RqeKAjfCfkanigI3wn5Gn4oCN8J+RpiBmYW1pbHk=?="
        ),
    ]) func `a subject is encoded where it has to be`(_ text: String, _ value: String) {
        #expect(EncodedWord.encode(text, after: 9) == value)
    }

    @Test(arguments: [
        ("short\n", "short\r\n"),
        (
            "éééééééééééééééééééééééééééééééééééééééé\n",
            "=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=\r\n=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=\r\n=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=\r\n=A9=C3=A9=C3=A9\r\n"
        ),
        ("trailing space \na=b\n.\nFrom here\ttab\t\n", "trailing space=20\r\na=3Db\r\n.\r\nFrom here\ttab=09\r\n"),
        (
            "https://tasks.example.com/reset?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
            "https://tasks.example.com/reset?token=3DAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
        ),
    ]) func `text is quoted-printable`(_ text: String, _ value: String) {
        #expect(QuotedPrintable.encode(text) == value)
    }

    @Test func `any line end becomes CR LF, and no other control character is left`() {
        #expect(QuotedPrintable.encode("a\rb\nc\r\nd\n\ne\u{0}\u{7F}") == "a\r\nb\r\nc\r\nd\r\n\r\ne=00=7F")
    }

    @Test(arguments: [
        "a", "a@", "@b.example", "a@b@c.example", "a b@c.example", "a@c.example\r\nRCPT TO:<x@y>", "ä@c.example",
        ".a@c.example", "a..b@c.example", "a@c..example", "<a@c.example>",
        "\(String(repeating: "x", count: 65))@c.example",
    ])
    func `an address that would be read as something else is refused`(_ address: String) {
        #expect(throws: MailError.invalidAddress) { try Mailbox(address: address) }
    }

    @Test func `a line break in a name or a subject is refused`() throws {
        #expect(throws: MailError.controlCharacter) {
            try Mailbox(address: "a@b.example", name: "A\r\nBcc: c@d.example")
        }
        let box = try Mailbox(address: "a@b.example")
        #expect(throws: MailError.controlCharacter) {
            try MailMessage(
                from: box, to: box, subject: "a\nb", text: "", html: "", id: "1", time: .init(milliseconds: 0))
        }
    }
}
