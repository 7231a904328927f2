import Basics
import Crypto
import Domain

/// Browsers that have signed in to an account. A device cookie alone grants no access; but clients that hammer an
/// account don't lock its owner out, as the owner's own devices have an allowance of their own.
///
/// The cookie is `<token>.<token>…`, one for each account, each 22 characters of base64url that hold 16 random bytes.
/// Only digests are stored, with the account, until they expire, the password changes or the account is deleted.
package struct KnownDevices: Sendable {
    /// Finds the account's device that has one of these digests.
    package typealias LookUp =
        @Sendable (_ digests: [String], _ email: EmailAddress, _ time: Timestamp) async throws -> KnownDevice?

    /// The time for which a device is known after signing in. Signing in renews it, once half of it has passed.
    package static let lifetimeSeconds: Int64 = 180 * 86_400
    /// The number of accounts a browser is remembered for; the least recently signed-in one is dropped first.
    static let maximumAccounts = 5
    private static let maximumCookies = 4
    private static let tokenLength = 22

    private let lookUp: LookUp
    private let now: @Sendable () -> Timestamp

    package init(lookUp: @escaping LookUp, now: @escaping @Sendable () -> Timestamp) {
        self.lookUp = lookUp
        self.now = now
    }

    /// The device, if it has signed in to this account.
    func device(_ cookie: String?, of email: EmailAddress) async throws -> KnownDevice? {
        for cookie in Self.cookies(cookie) {
            let digests = try Self.tokens(in: cookie).map(Self.digest)
            if !digests.isEmpty, let known = try await lookUp(digests, email, now()) { return known }
        }
        return nil
    }

    /// The cookie after signing in, and the device to store for it; nil if no renewal is needed yet.
    /// - Parameter isTrusted: true if the device is to be trusted from now on; else it is as trusted as before.
    func renewal(
        _ cookie: String?, of email: EmailAddress, isTrusted: Bool = false
    ) async throws -> (cookie: String, device: NewDevice)? {
        let (known, time) = (try await device(cookie, of: email), now())
        if let known, !isTrusted, known.expiresAt > time.adding(seconds: Self.lifetimeSeconds / 2) { return nil }
        let token = Base64URL.encode(try SecureRandom.bytes(16))
        let others = try Self.cookies(cookie).flatMap(Self.tokens).filter { try Self.digest($0) != known?.digest }
        let device = NewDevice(
            digest: try Self.digest(token), createdAt: time, expiresAt: time.adding(seconds: Self.lifetimeSeconds),
            trustedUntil: isTrusted ? time.adding(seconds: KnownDevice.trustSeconds) : known?.trustedUntil,
            replacedDigest: known?.digest)
        return (([token] + others.prefix(Self.maximumAccounts - 1)).joined(separator: "."), device)
    }

    /// A browser may send several cookies of one name, which are separated by spaces here.
    private static func cookies(_ text: String?) -> [Substring.UTF8View] {
        Array((text?.utf8.split(separator: UInt8(ascii: " "), maxSplits: maximumCookies) ?? []).prefix(maximumCookies))
    }

    private static func tokens(in cookie: Substring.UTF8View) -> [String] {
        guard cookie.count < (tokenLength + 1) * (maximumAccounts + 1) else { return [] }
        let parts = cookie.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.count == tokenLength && Base64URL.decode($0)?.count == 16 }) else { return [] }
        return parts.prefix(maximumAccounts).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func digest(_ token: String) throws -> String { try SHA256.hexadecimalHash(token.utf8) }
}
