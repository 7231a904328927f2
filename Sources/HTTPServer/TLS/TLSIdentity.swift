import Basics
import Glibc
import NIOCore
import Synchronization

#if TLS
    import NIOSSL

    /// The current certificate and key. New ones apply from the next connection on; open connections keep theirs.
    package final class TLSIdentity: Sendable {
        private struct Loaded {
            var context: NIOSSLContext
            var expiry: Timestamp
            var stamp: String
        }

        private let files: TLSFiles
        private let loaded: Mutex<Loaded>

        /// - Throws: `TLSProblem`.
        package init(_ files: TLSFiles) throws {
            self.files = files
            let stamp = files.stamp()
            let (context, expiry) = try Self.load(files)
            loaded = Mutex(Loaded(context: context, expiry: expiry, stamp: stamp))
        }

        /// The end of the certificate's validity.
        package var expiry: Timestamp { loaded.withLock { $0.expiry } }

        /// Reads the files again; if they are unusable, nothing changes.
        /// - Parameter onlyIfChanged: do nothing if the files have not changed since the last look.
        /// - Returns: whether they were read.
        /// - Throws: `TLSProblem`, once for each change.
        @discardableResult
        package func reload(onlyIfChanged: Bool = false) throws -> Bool {
            let stamp = files.stamp()
            guard !onlyIfChanged || loaded.withLock({ $0.stamp != stamp }) else { return false }
            loaded.withLock { $0.stamp = stamp }
            let (context, expiry) = try Self.load(files)
            loaded.withLock { ($0.context, $0.expiry) = (context, expiry) }
            return true
        }

        func addHandlers(
            to channel: any Channel, _ client: ClientConnection, loop: LoopState, site: ServerContext
        ) throws {
            let context = loaded.withLock { $0.context }
            try channel.pipeline.syncOperations.addHandlers([
                PlainTextGuard(loop: loop, site: site), NIOSSLServerHandler(context: context),
                TLSHandshake(client, loop: loop, site: site),
            ])
        }

        private static func load(_ files: TLSFiles) throws -> (NIOSSLContext, expiry: Timestamp) {
            let (chain, expiry) = try certificates(files.certificate)
            let key = try privateKey(files.privateKey)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = files.allowsTLS12 ? .tlsv12 : .tlsv13
            // The TLS 1.2 suites that RFC 9325, section 4.2, recommends; those of TLS 1.3 are all good.
            configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
            configuration.applicationProtocols = ["h2", "http/1.1"]
            configuration.shutdownTimeout = .seconds(1)
            do {
                return (try NIOSSLContext(configuration: configuration), expiry)
            } catch {
                throw TLSProblem(
                    description:
                        "The private key \(files.privateKey) does not belong to the certificate \(files.certificate).")
            }
        }

        private static func bytes(_ path: String, _ noun: String, _ setting: String) throws -> [UInt8] {
            do throws(SystemError) { return try SystemError.bytes(ofFile: path) } catch {
                throw TLSProblem(
                    description:
                        "The \(noun) \(path) cannot be read: \(error). \(error.remedy), or name another with \(setting)."
                )
            }
        }

        private static func certificates(_ path: String) throws -> ([NIOSSLCertificate], expiry: Timestamp) {
            let data = try bytes(path, "certificate", "TLS_CERTIFICATE")
            guard let chain = try? NIOSSLCertificate.fromPEMBytes(data), let own = chain.first else {
                throw TLSProblem(description: "\(path) holds no certificate in PEM.")
            }
            let now = time(nil)
            guard own.notValidAfter > now else {
                throw TLSProblem(description: "The certificate \(path) expired on \(date(own.notValidAfter)).")
            }
            guard own.notValidBefore <= now else {
                throw TLSProblem(description: "The certificate \(path) is only valid from \(date(own.notValidBefore)).")
            }
            return (chain, Timestamp(milliseconds: Int64(own.notValidAfter) * 1000))
        }

        private static func privateKey(_ path: String) throws -> NIOSSLPrivateKey {
            let data = try bytes(path, "private key", "TLS_PRIVATE_KEY")
            guard data.firstRange(of: Array("ENCRYPTED".utf8)) == nil else {
                throw TLSProblem(
                    description:
                        "The private key \(path) is encrypted. Decrypt it with: openssl pkey -in \(path) -out key.pem")
            }
            guard let key = try? NIOSSLPrivateKey(bytes: data, format: .pem) else {
                throw TLSProblem(description: "\(path) holds no private key in PEM.")
            }
            return key
        }

        private static func date(_ seconds: time_t) -> String {
            String(Timestamp(milliseconds: Int64(seconds) * 1000).rfc3339.prefix(10))
        }
    }
#else
    /// A placeholder in a program built without TLS; it can't be instantiated.
    package final class TLSIdentity: Sendable {
        package init(_ files: TLSFiles) throws {
            throw TLSProblem(
                description: "This program was built without TLS. Build it with: swift build --traits TLS")
        }

        package var expiry: Timestamp { Timestamp(milliseconds: 0) }

        @discardableResult
        package func reload(onlyIfChanged: Bool = false) throws -> Bool { false }

        func addHandlers(
            to channel: any Channel, _ client: ClientConnection, loop: LoopState, site: ServerContext
        ) throws {
            channel.close(promise: nil)
        }
    }
#endif
