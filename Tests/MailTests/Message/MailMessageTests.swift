import Basics
import Foundation
import TestSupport
import Testing

@testable import Mail

/// Whole messages, read by Python's parser.
@Suite struct MailMessageTests {
    private func message(
        name: String? = nil, subject: String, text: String, html: String = "<p>x</p>"
    ) throws -> MailMessage {
        try MailMessage(
            from: Mailbox(address: "tasks@example.com", name: "Latchkey"),
            to: Mailbox(address: "ann@b.example", name: name),
            subject: subject, text: text, html: html, id: "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3",
            time: Timestamp(milliseconds: 1_795_706_175_000))
    }

    @Test func `a plain message is as expected`() throws {
        let lines = try message(subject: "Reset your password", text: "Hello\n").serialized(boundary: "b")
            .components(separatedBy: "\r\n")
        #expect(
            lines == [
                "Date: Thu, 26 Nov 2026 15:16:15 +0000", "From: \"Latchkey\"", " <tasks@example.com>",
                "To: ann@b.example", "Subject: Reset your password",
                "Message-ID: <0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3@example.com>", "MIME-Version: 1.0",
                "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All",
                "Content-Type: multipart/alternative;", " boundary=\"b\"", "", "--b",
                "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "Hello",
                "", "--b", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
                "<p>x</p>", "--b--", "",
            ])
    }

    @Test func `Python reads back whatever was written`() async throws {
        var random = SplitMix(state: 11)
        func text(upTo length: Int, from alphabet: [Character]) -> String {
            String(
                (0..<Int.random(in: 1...length, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "x"
                })
        }
        let alphabets: [[Character]] = [Array("abc =?\"\\<>,;:.-_"), Array("aé я日🦊👩‍👩‍👧 =?B_"), Array("日本語の件名")]
        var cases: [[String: String]] = []
        for number in 0..<300 {
            let alphabet = alphabets[number % 3]
            // Python 3.11 loses the spaces of encoded names, and adds one between two words of them.
            let isASCII = number.isMultiple(of: 3)
            let name =
                "x" + text(upTo: isASCII ? 30 : 2, from: isASCII ? alphabet : alphabet.filter { $0 != " " }) + "x"
            let subject = "x" + text(upTo: 150, from: alphabet) + "x"
            let content = text(upTo: 400, from: alphabet + ["\n", "\t", " "]) + "\n"
            let message = try message(name: name, subject: subject, text: content, html: "<p>\(content)</p>")
            cases.append([
                "message": message.serialized(boundary: "=_\(number)"), "name": name, "subject": subject,
                "text": content,
            ])
        }
        try await withTemporaryDirectory { directory in
            try JSONEncoder().encode(cases).write(to: URL(fileURLWithPath: directory + "/cases.json"))
            let (status, output) = try runCommand(["python3", "-c", Self.reader, directory + "/cases.json"])
            #expect(status == 0 && output == Data("300 read\n".utf8))
        }
    }

    private static let reader = """
        import email, email.policy, json, sys
        cases = json.load(open(sys.argv[1]))
        for case in cases:
            raw = case["message"]
            assert raw.isascii() and all(len(line) <= 76 for line in raw.split("\\r\\n")), raw
            assert "\\n" not in raw.replace("\\r\\n", "") and "\\r" not in raw.replace("\\r\\n", "")
            read = email.message_from_bytes(raw.encode(), policy=email.policy.default)
            assert read["subject"] == case["subject"], (read["subject"], case["subject"])
            to = read["to"].addresses[0]
            assert (to.display_name, to.addr_spec) == (case["name"], "ann@b.example"), (str(read["to"]), case["name"])
            assert not read.defects, read.defects
            assert read.get_body(("plain",)).get_content().replace("\\r\\n", "\\n") == case["text"], raw
            assert read.get_body(("html",)).get_content().replace("\\r\\n", "\\n").rstrip("\\n") == "<p>" + case["text"] + "</p>", raw
        print(len(cases), "read")
        """
}
