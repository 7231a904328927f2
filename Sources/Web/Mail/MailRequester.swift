import Domain

/// The device and the network address of the client that caused an e-mail. A program's own name is chosen by the
/// client, and is not passed on.
struct MailRequester: Sendable {
    /// Empty if no client caused it.
    let device: String
    let networkAddress: String

    init(_ mail: OutgoingMail) {
        device = mail.details["user_agent"].map { DeviceName(userAgent: $0).known ?? "Unknown device" } ?? ""
        networkAddress = mail.details["ip_address"] ?? ""
    }

    /// `Firefox on Linux, network address 203.0.113.7`
    var text: String {
        [device, networkAddress.isEmpty ? "" : "network address \(networkAddress)"].filter { !$0.isEmpty }
            .joined(separator: ", ")
    }
}
