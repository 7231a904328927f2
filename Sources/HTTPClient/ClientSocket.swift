import CCrypto
import Crypto
import Glibc

/// A connection to an external server, plain or over TLS, on which every operation has a deadline.
package final class ClientSocket {
    private let descriptor: Int32
    private var tls: TLSSession?

    /// Connects to the first of the host's addresses that answers.
    package init(_ address: WebAddress, until deadline: ContinuousClock.Instant) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let found else {
            throw FetchError("The host \(address.host) was not found.")
        }
        defer { freeaddrinfo(found) }
        var connected: Int32 = -1
        var candidate: UnsafeMutablePointer<addrinfo>? = found
        while let info = candidate?.pointee, connected < 0 {
            connected = try Self.connect(info, until: deadline)
            candidate = info.ai_next
        }
        guard connected >= 0 else { throw FetchError("\(address.authority) accepts no connections.") }
        descriptor = connected
        if address.isTLS {
            try Self.allow(descriptor, until: deadline)
            tls = try TLSSession(descriptor, host: address.host)
        }
    }

    deinit {
        tls = nil
        close(descriptor)
    }

    private static func connect(_ info: addrinfo, until deadline: ContinuousClock.Instant) throws -> Int32 {
        let descriptor = socket(info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), info.ai_protocol)
        guard descriptor >= 0 else { return -1 }
        do {
            // On Linux, the send timeout also limits connecting.
            try allow(descriptor, until: deadline)
        } catch {
            close(descriptor)
            throw error
        }
        guard Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    /// Sets the timeout of the next call on the socket to the time left until the deadline.
    private static func allow(_ descriptor: Int32, until deadline: ContinuousClock.Instant) throws {
        let left = deadline - ContinuousClock.now
        guard left > .zero else { throw FetchError("The answer took too long.") }
        let (seconds, attoseconds) = left.components
        var time = timeval(tv_sec: Int(seconds), tv_usec: max(1, Int(attoseconds / 1_000_000_000_000)))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    package func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try Self.allow(descriptor, until: deadline)
            let count = rest.withUnsafeBytes { buffer in
                tls.map { $0.write(buffer) }
                    ?? Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw FetchError("The connection broke.") }
            rest = rest.dropFirst(count)
        }
    }

    /// The next bytes received; nil at the end.
    package func receive(until deadline: ContinuousClock.Instant) throws -> ArraySlice<UInt8>? {
        try Self.allow(descriptor, until: deadline)
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let count = buffer.withUnsafeMutableBytes { bytes in
            tls.map { $0.read(bytes) } ?? recv(descriptor, bytes.baseAddress, bytes.count, 0)
        }
        guard count >= 0 else { throw FetchError("The connection broke, or the answer took too long.") }
        return count == 0 ? nil : buffer.prefix(count)
    }
}

/// TLS on a connected socket, with a certificate that is valid for the host.
private final class TLSSession {
    private let context: OpaquePointer
    private let session: OpaquePointer

    init(_ descriptor: Int32, host: String) throws {
        defer { ERR_clear_error() }
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw CryptoError("SSL_CTX_new") }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        guard SSL_CTX_set_default_verify_paths(context) == 1, let session = SSL_new(context) else {
            SSL_CTX_free(context)
            throw CryptoError("SSL_new")
        }
        self.context = context
        self.session = session
        let isShaken = host.withCString { name in
            // SSL_set_tlsext_host_name is a macro, which is not imported into Swift.
            let named = UnsafeMutableRawPointer(mutating: name)
            return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), named) == 1
                && SSL_set1_host(session, name) == 1 && SSL_set_fd(session, descriptor) == 1
                && SSL_connect(session) == 1
        }
        guard isShaken else { throw FetchError("TLS with \(host) failed, or its certificate is not good.") }
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        defer { ERR_clear_error() }
        return Int(SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count)))
    }

    /// Returns 0 at an orderly end, and a negative number for any other failure.
    func read(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        defer { ERR_clear_error() }
        let count = SSL_read(session, bytes.baseAddress, Int32(clamping: bytes.count))
        guard count <= 0 else { return Int(count) }
        return SSL_get_error(session, count) == SSL_ERROR_ZERO_RETURN ? 0 : -1
    }
}
