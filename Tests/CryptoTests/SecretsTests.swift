import Crypto
import Testing

@Suite struct SecretsTests {
    // Not within the function, nor private: its name would contain an address, which may contain the digits below.
    struct Holder { let secrets: Secrets }

    @Test func `no description of a value with secrets shows them`() {
        let holder = Holder(secrets: Secrets(current: [113, 117, 105, 116], previous: [[97, 110, 45, 97]]))
        for text in ["\(holder)", "\(holder.secrets)", String(reflecting: holder), String(reflecting: holder.secrets)] {
            #expect(text.contains("(secrets)") && !text.contains("113") && !text.contains("97"), "\(text)")
        }
    }
}
