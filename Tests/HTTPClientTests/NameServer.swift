import Glibc
import Synchronization
import Workers

/// A name server (RFC 1035) at 127.0.0.1 that may answer the same question differently the next time.
final class NameServer: Sendable {
    private let listener: Int32
    private let names = Mutex<[String: Name]>([:])
    private let thread = Mutex<WorkerThread?>(nil)

    private struct Name {
        /// The addresses for each look-up in turn; after the last ones come the first again.
        let answers: [[String]]
        /// How often each type of record was asked for. A look-up asks for both.
        var questions: [RecordType: Int] = [:]

        mutating func next(_ type: RecordType) -> [String] {
            let turn = questions[type, default: 0]
            questions[type] = turn + 1
            return answers[turn % answers.count]
        }
    }

    private enum RecordType: UInt8 {
        case ipv4 = 1
        case ipv6 = 28

        /// The bytes of an address, or nil for one of the other type.
        func data(_ address: String) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: self == .ipv4 ? 4 : 16)
            return inet_pton(self == .ipv4 ? AF_INET : AF_INET6, address, &bytes) == 1 ? bytes : nil
        }
    }

    struct NotBound: Error {}

    /// Takes port 53, as the system's resolver asks at no other.
    init() throws {
        listener = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(53).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound else { throw NotBound() }
        let started = try WorkerThread { [self] in serve() }
        thread.withLock { $0 = started }
    }

    /// The name leads to the first of these lists of addresses, at the next look-up to the second, and so on.
    func answers(_ name: String, _ answers: [String]...) {
        names.withLock { $0[name] = Name(answers: answers) }
    }

    /// How often the name was looked up.
    func lookUpCount(_ name: String) -> Int { names.withLock { $0[name]?.questions[.ipv4] ?? 0 } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        thread.withLock { $0?.join() }
        close(listener)
    }

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 512)
        var client = sockaddr_storage()
        withUnsafeMutablePointer(to: &client) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { client in
                while true {
                    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
                    let count = recvfrom(listener, &buffer, buffer.count, 0, client, &size)
                    guard count > 0 else { return }
                    guard let reply = reply(to: Array(buffer[..<count])) else { continue }
                    sendto(listener, reply, reply.count, 0, client, size)
                }
            }
        }
    }

    private func reply(to query: [UInt8]) -> [UInt8]? {
        var (labels, end) = ([String](), 12)
        while end < query.count, query[end] > 0 {
            let next = end + 1 + Int(query[end])
            guard next < query.count else { return nil }
            labels.append(String(decoding: query[(end + 1)..<next], as: UTF8.self))
            end = next
        }
        // Behind the name are the type and the class, two bytes each.
        guard end + 5 <= query.count else { return nil }
        let (question, code) = (query[12..<(end + 5)], query[end + 2])
        let data = records(labels.joined(separator: "."), RecordType(rawValue: code))
        // A recursive answer, or that there is no such name; with the question, and how many records follow.
        var reply = query[..<2] + [0x81, data == nil ? 0x83 : 0x80, 0, 1, 0, UInt8(data?.count ?? 0), 0, 0, 0, 0]
        reply += question
        for data in data ?? [] {
            // The name of the question, its type and class, no time to be kept, and the address.
            reply += [0xC0, 12, 0, code, 0, 1, 0, 0, 0, 0, 0, UInt8(data.count)] + data
        }
        return Array(reply)
    }

    /// The addresses of a name, or nil if there is no such name.
    private func records(_ name: String, _ type: RecordType?) -> [[UInt8]]? {
        names.withLock { names in
            guard let type else { return names[name] == nil ? nil : [] }
            return names[name]?.next(type).compactMap(type.data)
        }
    }
}
