import Auth
import Basics
import HTTPClient
import JSON

/// The texts that describe a sign-in provider, before they are checked.
struct ProviderDraft {
    /// The place that they were read from, for messages.
    let place: String
    let name: String
    var issuer: String?
    var kind: String?
    var clientID: String?
    var clientSecret: String?
    var scopes: String?
    var label: String?

    private static let maximumLabelLength = 60

    /// - Parameter name: the part of the settings' names, in capitals.
    init(named name: String, _ reader: inout SettingReader) {
        place = "\(ProviderSettings.prefix)\(name)"
        self.name = name.lowercased()
        issuer = reader.read(ProviderSettings.issuer(name))
        kind = reader.read(ProviderSettings.kind(name))
        clientID = reader.read(ProviderSettings.clientID(name))
        clientSecret = reader.read(ProviderSettings.clientSecret(name))
        scopes = reader.read(ProviderSettings.scopes(name))
        label = reader.read(ProviderSettings.label(name))
    }

    /// An entry of `OIDC_PROVIDERS_FILE`.
    init(_ entry: JSONValue, place: String) throws(SettingSources.Problem) {
        let names = ["name", "issuer", "type", "client_id", "client_secret", "client_secret_file", "scopes", "label"]
        guard case .object(let members) = entry else {
            throw SettingSources.Problem(description: "an object with a name, an issuer and a client_id is expected.")
        }
        var texts: [String: String] = [:]
        for (name, value) in members.members {
            guard names.contains(name) else {
                throw SettingSources.Problem(
                    description: "\"\(name)\" is unknown; there are \(names.joined(separator: ", ")).")
            }
            guard case .string(let text) = value, !text.isEmpty else {
                throw SettingSources.Problem(description: "\(name) must be a text that is not empty.")
            }
            texts[name] = text
        }
        guard let name = texts["name"] else { throw SettingSources.Problem(description: "name is missing.") }
        self.place = place
        self.name = name
        (issuer, kind, clientID) = (texts["issuer"], texts["type"], texts["client_id"])
        (scopes, label) = (texts["scopes"], texts["label"])
        clientSecret = texts["client_secret"]
        guard let path = texts["client_secret_file"] else { return }
        guard clientSecret == nil else {
            throw SettingSources.Problem(description: "client_secret and client_secret_file are both there; keep one.")
        }
        guard let bytes = try? SystemError.bytes(ofFile: path), let text = String(validating: bytes, as: UTF8.self)
        else { throw SettingSources.Problem(description: "client_secret_file: \(path) cannot be read as text.") }
        clientSecret = String(text.prefix { !$0.isNewline })
    }

    /// - Parameter allowsLoopback: true if a provider on this machine may speak plain HTTP.
    func provider(allowsLoopback: Bool) throws(SettingSources.Problem) -> SignInProvider {
        func problem(_ description: String) -> SettingSources.Problem { .init(description: description) }
        guard (1...32).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0.isASCIIAlphanumeric && !(0x41...0x5A).contains($0) || "-_".utf8.contains($0) })
        else { throw problem("the name must be 1 to 32 lower-case letters, digits, - or _.") }
        guard name != "credential" else { throw problem("the name credential means passwords; choose another.") }
        guard let kind = kind.map(ProviderKind.init(rawValue:)) ?? .openID else {
            let kinds = ProviderKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("the type \(kind?.debugDescription ?? "") is unknown; there are \(kinds).")
        }
        guard let issuer = issuer ?? kind.standardIssuer else { throw problem("the issuer is missing.") }
        guard let address = WebAddress(issuer), !issuer.utf8.contains(UInt8(ascii: "?")) else {
            throw problem(
                "the issuer must be an https URL without a query, exactly as the provider writes it.")
        }
        guard address.isTLS || allowsLoopback && address.isLoopback else {
            throw problem("the issuer must begin with https; plain http is for this machine, in development.")
        }
        guard let clientID else { throw problem("the client id is missing.") }
        guard Self.isVisible(clientID) else { throw problem("the client id must consist of visible ASCII characters.") }
        guard clientSecret.map({ !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) ?? true else {
            throw problem("the client secret is empty or has control characters.")
        }
        guard kind == .openID || clientSecret != nil else {
            throw problem("the client secret is missing, without which \(kind.rawValue) gives no token.")
        }
        let words = scopes?.split { " ,".contains($0) }.map(String.init) ?? kind.standardScopes
        guard !words.isEmpty, words.allSatisfy(Self.isVisible) else {
            throw problem("the scopes must be words of visible ASCII characters, separated by spaces or commas.")
        }
        let label = label ?? kind.standardLabel ?? name.prefix(1).uppercased() + name.dropFirst()
        guard label.isVisible, label.count <= Self.maximumLabelLength,
            !label.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw problem("the label must be a text of at most \(Self.maximumLabelLength) characters.") }
        return SignInProvider(
            name: name, label: label, issuer: issuer, clientID: clientID, clientSecret: clientSecret, scopes: words,
            kind: kind)
    }

    private static func isVisible(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
