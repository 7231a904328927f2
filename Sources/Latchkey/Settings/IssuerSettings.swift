import Auth
import Basics
import HTTPClient
import JSON

extension SettingReader {
    /// The services whose tokens are accepted, from all settings that concern them.
    /// - Parameters:
    ///   - betterAuth: the origin of a Better Auth that is not this server.
    ///   - ownOrigin: nil if it is not configured.
    ///   - allowsHTTP: true if keys may be fetched by plain http, whatever `ALLOW_HTTP_ISSUERS` says.
    mutating func readIssuers(betterAuth: String?, ownOrigin: String?, allowsHTTP: Bool) -> [TrustedIssuer] {
        let audience = read(Settings.tokenAudience)
        let addresses = read(Settings.issuers)
        var issuers: [TrustedIssuer] = []
        for address in [betterAuth].compactMap({ $0 }) + addresses {
            let issuer = TrustedIssuer(address: address, audience: audience)
            // The same service, named twice.
            if let index = issuers.firstIndex(where: { $0.namespace == issuer.namespace }) {
                issuers[index].issuerTexts += issuer.issuerTexts
            } else {
                issuers.append(issuer)
            }
        }
        let named = readIssuerFile(audience: audience)
        if let text = read(Settings.tokenIssuer) {
            name(text, in: &issuers, hasBetterAuth: betterAuth != nil, beside: named)
        }
        issuers += named

        for issuer in issuers where issuer.issuerTexts.isEmpty && issuers.count > 1 {
            problems.append(
                "\(Settings.issuers.name): \(issuer.address) is the address of a JWK Set and does not say which iss its tokens have; name both in \(Settings.issuersFile.name)."
            )
        }
        for (index, issuer) in issuers.enumerated() {
            for other in issuers[..<index] where other.isConfused(with: issuer) {
                problems.append(
                    "\(Settings.issuers.name): \(other.name) and \(issuer.name) have an iss or an address in common, so their tokens can't be told apart; keep one."
                )
            }
            if let ownOrigin, issuer.hasIssuerText(like: ownOrigin) {
                problems.append("\(Settings.issuers.name): \(issuer.name) is this server itself; take it out.")
            }
        }
        // Read in any case, so that an invalid value is reported.
        let isAllowed = read(Settings.allowHTTPIssuers)
        for issuer in issuers where !allowsHTTP && !isAllowed {
            guard let address = WebAddress(issuer.address), !address.isTLS, !address.isLoopback else { continue }
            problems.append(
                "The keys of the issuer \(issuer.address) would be fetched by plain http, where others can exchange them; use https, or set \(Settings.allowHTTPIssuers.name)=on in a network that is yours alone."
            )
        }
        return issuers
    }

    /// Marks the issuers that ask for second factors themselves.
    /// - Returns: true if services that share the secret do.
    mutating func readSecondFactorTrust(in issuers: inout [TrustedIssuer]) -> Bool {
        var trustsSharedSecret = false
        for name in read(Settings.secondFactorTrusted) {
            if name == Settings.sharedSecretName {
                trustsSharedSecret = true
            } else if let index = issuers.firstIndex(where: { $0.hasIssuerText(like: name) || $0.address == name }) {
                issuers[index].asksForSecondFactor = true
            } else {
                problems.append(
                    "\(Settings.secondFactorTrusted.name): \(name) is none of the issuers whose tokens are accepted; name one as its tokens do, or write \(Settings.sharedSecretName)."
                )
            }
        }
        return trustsSharedSecret
    }

    /// Applies `JWT_ISSUER` to the issuer that it concerns: the only one, the one of which just the JWK Set is known,
    /// or Better Auth.
    private mutating func name(
        _ text: String, in issuers: inout [TrustedIssuer], hasBetterAuth: Bool, beside named: [TrustedIssuer]
    ) {
        if issuers.isEmpty {
            guard !named.isEmpty, !named.contains(where: { $0.issuerTexts == [text] }) else { return }
            problems.append(
                "\(Settings.tokenIssuer.name) is the iss of no issuer in \(Settings.issuersFile.name); take it out.")
            return
        }
        let unnamed = issuers.indices.filter { issuers[$0].issuerTexts.isEmpty }
        let index =
            issuers.count == 1 || (unnamed.isEmpty && hasBetterAuth) ? 0 : unnamed.count == 1 ? unnamed[0] : nil
        guard let index else {
            problems.append(
                "\(Settings.tokenIssuer.name) is one text, and there are several issuers; name each with its issuer in \(Settings.issuersFile.name)."
            )
            return
        }
        issuers[index].issuerTexts = [text]
        issuers[index].allowsMissingIssuer = false
        issuers[index].allowsDiscovery = false
    }

    /// The records of `TRUSTED_ISSUERS_FILE`.
    private mutating func readIssuerFile(audience: String?) -> [TrustedIssuer] {
        var issuers: [TrustedIssuer] = []
        for (place, entry) in readEntries(Settings.issuersFile, each: "an issuer") {
            do throws(SettingSources.Problem) { issuers.append(try Self.issuer(entry, audience: audience)) } catch {
                problems.append("\(place): \(error.description)")
            }
        }
        return issuers
    }

    private static func issuer(
        _ entry: JSONValue, audience: String?
    ) throws(SettingSources.Problem) -> TrustedIssuer {
        guard case .object(let members) = entry else {
            throw SettingSources.Problem(description: "an object with an issuer is expected.")
        }
        var texts: [String: String] = [:]
        for (name, value) in members.members {
            guard ["issuer", "audience", "jwks_uri", "namespace"].contains(name) else {
                throw SettingSources.Problem(
                    description: "\"\(name)\" is unknown; there are issuer, audience, jwks_uri and namespace.")
            }
            guard case .string(let text) = value, !text.isEmpty else {
                throw SettingSources.Problem(description: "\(name) must be a text that is not empty.")
            }
            texts[name] = text
        }
        guard let issuer = texts["issuer"] else {
            throw SettingSources.Problem(description: "issuer is missing: exactly the iss of its tokens.")
        }
        if let url = texts["jwks_uri"], WebAddress(url) == nil {
            throw SettingSources.Problem(description: "jwks_uri must be an http or https URL.")
        }
        guard texts["jwks_uri"] != nil || WebAddress(issuer) != nil else {
            throw SettingSources.Problem(description: "the issuer is not an http or https URL, so jwks_uri is needed.")
        }
        return TrustedIssuer(
            issuer: issuer, audience: texts["audience"] ?? audience, keySetURL: texts["jwks_uri"],
            namespace: texts["namespace"])
    }
}

extension TrustedIssuer {
    /// True if tokens of both can't be told apart: they share an `iss`, or publish the same keys.
    fileprivate func isConfused(with other: TrustedIssuer) -> Bool {
        issuerTexts.contains(where: other.hasIssuerText)
            || Self.withoutFinalSlash(address) == Self.withoutFinalSlash(other.address)
    }
}
