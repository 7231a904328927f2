import Domain
import Testing

@testable import Auth

@Suite struct KnownDevicesTests {
    private let secrets = Secrets(current: Array("a-secret-of-more-than-thirty-two-bytes".utf8))
    private let alice = EmailAddress(stored: "alice@example.com")
    private let bob = EmailAddress(stored: "bob@example.com")

    @Test func `a browser is known to the accounts that it signed into, and to no other`() throws {
        let devices = try KnownDevices(secrets)
        let first = try devices.cookie(adding: alice, to: nil)
        #expect(try devices.name(in: first, for: alice) != nil)
        #expect(try devices.name(in: first, for: bob) == nil)
        let both = try devices.cookie(adding: bob, to: first)
        #expect(try devices.name(in: both, for: alice) == devices.name(in: first, for: alice))
        #expect(try devices.name(in: both, for: bob) != nil)
        #expect(try devices.cookie(adding: alice, to: first) == first)
        #expect(!both.contains("alice"))
    }

    @Test func `remembers the last five accounts`() throws {
        let devices = try KnownDevices(secrets)
        let people = (0..<8).map { EmailAddress(stored: "user\($0)@example.com") }
        let cookie = try people.reduce(nil) { try devices.cookie(adding: $1, to: $0) }
        #expect(
            try people.map { try devices.name(in: cookie, for: $0) != nil } == [false, false, false]
                + Array(repeating: true, count: 5))
        #expect(cookie.map(\.utf8.count) == 22 + 5 * 23)
    }

    @Test func `outlives a change of the secret, and nobody can make one up`() throws {
        let old = try KnownDevices(secrets).cookie(adding: alice, to: nil)
        let new = Array("another-secret-of-more-than-32-bytes".utf8)
        #expect(try KnownDevices(Secrets(current: new, previous: secrets.all)).name(in: old, for: alice) != nil)
        #expect(try KnownDevices(Secrets(current: new)).name(in: old, for: alice) == nil)
        let devices = try KnownDevices(secrets)
        let name = old.prefix { $0 != "." }
        let bare = String(name)
        let longest = String(repeating: old + ".", count: 100)
        let otherName = String(repeating: "A", count: 22) + old.dropFirst(22)
        let made: [String] = ["", ".", "..", "a.b", bare, bare + ".", bare + "." + bare, otherName, longest]
        let spoilt: [String] = [old.lowercased(), old + ".", "x" + old, old + "é"]
        for forged in made + spoilt {
            #expect(try devices.name(in: forged, for: alice) == nil, "\(forged)")
            #expect(try devices.name(in: devices.cookie(adding: alice, to: forged), for: alice) != nil)
        }
    }
}
