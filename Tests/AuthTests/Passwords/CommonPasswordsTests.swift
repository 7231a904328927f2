import Domain
import TestSupport
import Testing

@testable import Auth

@Suite struct CommonPasswordsTests {
    @Test(arguments: [
        "password", "PASSWORD", "Password", "12345678", "123456789", "1234567890", "87654321", "11111111", "00000000",
        "abcdefgh", "abcd1234", "aaaaaaaa", "qwertyui", "qwertyuiop", "asdfghjkl", "1qaz2wsx", "1q2w3e4r", "qazwsxedc",
        "zaq12wsx", "12341234", "abcabcabc", "asdfasdf", "66666666", "19841984", "20012002", "31121999", "12311999",
        "19991231", "iloveyou", "sunshine", "princess", "football", "baseball", "superman", "starwars", "trustno1",
        "qwerty123", "1234qwer", "changeme", "whatever", "michelle", "p@ssw0rd", "!@#$%^&*", "112233445566",
        "147258369", "0987654321", "123123123", "123321123321", "a1b2c3d4", "poiuytrewq",
    ])
    func `obvious passwords are common`(password: String) {
        #expect(CommonPasswords.contains(password, isStrict: false))
        #expect(CommonPasswords.contains(password, isStrict: true))
    }

    @Test(arguments: [
        "password1", "password123", "Password1!", "Password2024!", "P@ssw0rd", "P@$$w0rd1", "pa55word1", "passw0rd123",
        "1password",
        "welcome1", "Welcome123", "letmein1", "iloveyou2", "princess1", "monkey123", "dragon12", "sunshine1",
        "football99",
        "shadow2010", "michael1", "charlie123", "superman7", "batman2008", "abc12345", "test1234", "admin123!",
        "qwerty2024",
        "secret123456", "hello12345", "s3cr3t2020", "dr4g0n99", "w3lc0me!", "myprincess", "ilovemichael", "iamsuperman",
        "thedragon1",
        "newpassword1", "password456", "changeme2025", "Summer2024", "Winter2023!", "!password!", "l0vely123",
    ])
    func `obvious passwords with the usual decoration are common`(password: String) {
        #expect(CommonPasswords.contains(password, isStrict: true))
    }

    @Test(arguments: [
        "godsmack", "rush2112", "BigDaddy1", "camaro69", "NINEINCH", "!qaz2wsx", "kingkong", "ｇｏｄｓｍａｃｋ", "password123",
        "friend of emily",
    ])
    func `listed passwords are common, in any case and width`(password: String) {
        #expect(CommonPasswords.contains(password, isStrict: true))
        #expect(!CommonPasswords.contains(password, isStrict: false))
    }

    @Test func `each line of the lists is found, and nothing else`() throws {
        let file = try packageFile("Sources/CPasswords/common-passwords.txt")
        let lines = file.split(separator: "\n").map(String.init)
        #expect(lines.count == 16_293)
        #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(lines.allSatisfy { CommonPasswords.contains($0, isStrict: true) })
        let listed = Set(lines)
        for line in stride(from: 0, to: lines.count, by: 7).map({ lines[$0] + " wool sky" }) {
            #expect(!listed.contains(line) && !CommonPasswords.contains(line, isStrict: true))
        }
    }

    @Test(arguments: ["password123", "Welcome123", "newpassword1", "password456"])
    func `examples from documentation are allowed in development`(password: String) {
        #expect(!CommonPasswords.contains(password, isStrict: false))
    }

    @Test(arguments: [
        "correct horse battery", "wool-sky", "tr0ub4dor&3", "kept-by-lice", "only lower case letters", "83016274",
        "пароль-пароль", "🦊🦊🦊🦊🦊🦊🦊🦊", "e\u{301}e\u{301}e\u{301}e\u{301}", String(repeating: "a", count: 64),
        "xkcd-936-comic", "dragonfly-tea-pot", "passwordless-tree", "qwertz-und-tee", "Zm9vYmFy", "gH7#kL2p",
        "monkey wrench hat",
        "14159265358979323846", "        ", "pass the salt", "summer of sixty-nine",
    ])
    func `unusual passwords are not common`(password: String) {
        #expect(!CommonPasswords.contains(password, isStrict: true))
    }

    @Test func `the lists have some thousands of passwords`() {
        #expect(CommonPasswords.words.count > 900)
        let suffixes = ["", "1", "12", "123", "1234", "!", "1!", "123!", "2024", "2025!", "99", "007"]
        let spelt = Set(
            CommonPasswords.words.flatMap { word in suffixes.map { word + $0 } }.filter { $0.utf8.count >= 8 })
        #expect(spelt.count > 5000)
        #expect(spelt.allSatisfy { CommonPasswords.contains($0, isStrict: true) })
        #expect(
            CommonPasswords.words.allSatisfy { word in
                word.utf8.allSatisfy { $0 > 0x20 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            })
    }
}

@Suite struct PasswordRuleTests {
    private let rule = PasswordRule(isStrict: true)

    @Test(arguments: [
        ("wolfgang.a@mozart.at", "wolfgang.a-1756"), ("wolfgang@mozart.at", "my WolfGang rocks"),
        ("wolfgang+lists@mozart.at", "xxwolfgangxx-9"), ("w@mozart.at", "Mozart-kv-525"),
        ("w@mail.vienna.co.at", "a-vienna-waltz"),
    ])
    func `a password made of the e-mail address is common`(email: String, password: String) {
        let error = #expect(throws: AppError.self) {
            try NewPassword(password, field: "newPassword", by: rule, email: EmailAddress(email))
        }
        guard case .invalid(let issues)? = error else { return #expect(Bool(false)) }
        #expect(issues.map(\.field) == ["newPassword"])
        #expect(issues.first?.message == "The password may not contain your e-mail address or a part of it.")
    }

    @Test func `a password made of the site's name is common`() {
        #expect(throws: AppError.self) { try NewPassword("my-LatchKey-pass", by: rule, email: nil) }
    }

    @Test func `in development only the whole address or name is common`() throws {
        let lenient = PasswordRule(isStrict: false)
        let email = EmailAddress("alice@example.com")
        for password in ["alice-password", "my-latchkey-pass", "an example"] {
            _ = try NewPassword(password, by: lenient, email: email)
            #expect(throws: AppError.self) { try NewPassword(password + "-latchkey-alice", by: rule, email: email) }
        }
        for password in ["Alice@Example.com", "1-alice@example.com", "LATCHKEY"] {
            #expect(throws: AppError.self) { try NewPassword(password, by: lenient, email: email) }
        }
    }

    @Test(arguments: [
        ("bob@ibm.com", "bob-likes-ibm-com"), ("test@example.com", "password123"),
        ("a@b.museum", "night at the museum"),
    ])
    func `passwords may contain short names and top-level domains`(email: String, password: String) throws {
        _ = try NewPassword(password, by: PasswordRule(isStrict: false), email: EmailAddress(email))
    }

    @Test func `the length is checked first, with a message of its own`() {
        let error = #expect(throws: AppError.self) { try NewPassword("passwd", by: rule, email: nil) }
        guard case .invalid(let issues)? = error else { return #expect(Bool(false)) }
        #expect(issues.map(\.kind) == [.tooShort])
    }
}
