import Basics
import CCurl
import Glibc

/// The data of one transfer, which libcurl's callbacks read and write on the thread that performs it.
final class CurlExchange {
    private(set) var body: [UInt8] = []
    private(set) var dialogue: [DialogueLine] = []
    private(set) var hasRefusedAddress = false
    private(set) var isTooLarge = false
    private(set) var isTooSlow = false

    private let addresses: AddressRule
    private let maximumBodySize: Int
    private let upload: [UInt8]
    private var sent = 0
    private let cancellation: CurlCancellation?
    /// Nil if only the transfer as a whole has a limit.
    private let replyLimit: Duration?
    /// The time of the last line or byte in either direction.
    private var lastSign = ContinuousClock.now
    /// True while lines of the dialogue are credentials.
    private var isAuthenticating = false
    private static let maximumLines = 200

    init(_ request: CurlRequest) {
        addresses = request.addresses
        maximumBodySize = request.limits.bodySize
        cancellation = request.cancellation
        switch request.kind {
        case .http(let http): (upload, replyLimit) = (http.body ?? [], nil)
        case .smtp(let smtp): (upload, replyLimit) = (smtp.message, smtp.replyLimit)
        }
    }

    private static func exchange(_ argument: UnsafeMutableRawPointer?) -> CurlExchange? {
        argument.map { Unmanaged<CurlExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Callbacks

    static let write: @convention(c) (UnsafeMutablePointer<CChar>, Int, Int, UnsafeMutableRawPointer) -> Int = {
        bytes, size, count, argument in
        exchange(argument)?.append(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }

    static let read: @convention(c) (UnsafeMutablePointer<CChar>, Int, Int, UnsafeMutableRawPointer) -> Int = {
        buffer, size, count, argument in
        exchange(argument)?.fill(UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) ?? 0
    }

    static let progress: curl_xferinfo_callback = { argument, _, _, _, _ in
        exchange(argument)?.goesOn() ?? true ? 0 : 1
    }

    static let openSocket: curl_opensocket_callback = { argument, _, address in
        // The address may be longer than the field that it begins in, so that a copy of the field would not do.
        guard let address, let target = address.pointer(to: \.addr), exchange(argument)?.mayConnect(to: target) == true
        else { return CURL_SOCKET_BAD }
        let (family, type) = (address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue))
        return socket(family, type, address.pointee.protocol)
    }

    static let debug:
        @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<CChar>, Int, UnsafeMutableRawPointer?) ->
            Int32 = { _, type, bytes, count, argument in
                exchange(argument)?.record(type, UnsafeRawBufferPointer(start: bytes, count: count))
                return 0
            }

    private func goesOn() -> Bool {
        // libcurl's own limit of a reply does not hold for all of them.
        if let replyLimit, .now - lastSign > replyLimit { isTooSlow = true }
        return !isTooSlow && cancellation?.isCancelled != true
    }

    /// - Returns: the number of bytes taken; another than offered ends the transfer.
    private func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= maximumBodySize else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, upload.count - sent)
        buffer.copyBytes(from: upload[sent..<sent + count])
        sent += count
        lastSign = .now
        return count
    }

    private func mayConnect(to address: UnsafePointer<sockaddr>) -> Bool {
        guard let found = IPAddress(address), addresses.allows(found) else {
            hasRefusedAddress = true
            return false
        }
        return true
    }

    private func record(_ type: Int32, _ bytes: UnsafeRawBufferPointer) {
        let isCommand = type == Int32(CURLINFO_HEADER_OUT.rawValue)
        guard isCommand || type == Int32(CURLINFO_HEADER_IN.rawValue) else { return }
        lastSign = .now
        for line in bytes.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
            var text = String(decoding: line.prefix(512), as: UTF8.self)
            if isCommand {
                if text.uppercased().hasPrefix("AUTH ") {
                    isAuthenticating = true
                    text = text.split(separator: " ").prefix(2).joined(separator: " ") + " …"
                } else if isAuthenticating {
                    text = "…"
                }
            } else if !text.hasPrefix("334") {
                isAuthenticating = false
            }
            // The last command and the end of its reply decide what becomes of the e-mail.
            if dialogue.count >= Self.maximumLines { dialogue.remove(at: dialogue.firstIndex { !$0.isCommand } ?? 0) }
            dialogue.append(DialogueLine(isCommand: isCommand, text: text))
        }
    }
}
