import App
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct TrustedDeviceTests: SecondFactorTests {
    private func passwordSignsIn(_ setup: SecondFactorSetup, _ device: String?) async throws -> Bool {
        let browser = Client(ipAddress: "192.0.2.7", userAgent: "tests", device: device)
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: browser, SignInOptions(keepsDevice: true))
            return true
        } catch AppError.secondFactorRequired { return false }
    }

    /// The cookie of a device that has signed in and is trusted.
    private func trust(_ setup: SecondFactorSetup, _ device: String? = nil, isRemembered: Bool = true) async throws
        -> String?
    {
        let browser = Client(ipAddress: "192.0.2.7", userAgent: "tests", device: device)
        var options = SignInOptions(isRemembered: isRemembered, keepsDevice: true)
        var challenge = ""
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: browser, options)
        } catch AppError.secondFactorRequired(let pending) { challenge = pending.challenge }
        options.trustsDevice = true
        return try await setup.services.auth.signIn(
            answering: challenge, with: setup.code(), from: browser, options
        ).deviceCookie
    }

    @Test func `a trusted device is not asked for thirty days, and others are`() async throws {
        try await withFactor { setup in
            let service = setup.services.secondFactors
            let device = try #require(try await trust(setup))
            #expect(try await passwordSignsIn(setup, device))
            #expect(try await !passwordSignsIn(setup, nil))
            #expect(try await service.trustedDevices(of: setup.user()) == 1)
            // Known is not trusted.
            let known = try await setup.services.auth.signIn(
                answering: challenge(setup), with: setup.code(), from: client, SignInOptions(keepsDevice: true))
            #expect(try await !passwordSignsIn(setup, known.deviceCookie))
            // A device that was known before is trusted as well, and one that is not remembered is not.
            let renewed = try await trust(setup, known.deviceCookie)
            #expect(try await passwordSignsIn(setup, renewed))
            #expect(try await trust(setup, isRemembered: false) == nil)
            #expect(try await service.trustedDevices(of: setup.user()) == 2)
            setup.clock.advance(seconds: 30 * 86_400)
            for device in [device, renewed] { #expect(try await !passwordSignsIn(setup, device)) }
            #expect(try await service.trustedDevices(of: setup.user()) == 0)
        }
    }

    @Test func `trust ends with the password, with the factor, and when its owner says so`() async throws {
        try await withFactor { setup in
            let (service, administration) = (setup.services.secondFactors, setup.services.administration(by: .server))
            var device = try await trust(setup)
            try await service.untrustDevices(of: setup.user(), from: client)
            #expect(try await !passwordSignsIn(setup, device))

            device = try await trust(setup, device)
            #expect(try await passwordSignsIn(setup, device))
            _ = try await administration.setPassword(of: setup.user(), to: "kept-by-lice")
            #expect(try await !passwordSignsIn(setup, device))

            device = try await trust(setup)
            #expect(try await passwordSignsIn(setup, device))
            #expect(try await administration.removeSecondFactor(of: setup.user()))
            let count = try await setup.store.trustedDevices(of: setup.session.userID, at: setup.clock.now)
            #expect(count == 0)
        }
    }
}
