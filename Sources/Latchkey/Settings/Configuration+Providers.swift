import Auth
import Basics
import HTTPClient
import JSON

extension Configuration {
    /// Reads the sign-in providers, and checks them together.
    mutating func readProviders(_ reader: inout SettingReader) {
        let (names, strays) = ProviderSettings.names(in: reader.sources.named)
        for stray in strays {
            warnings.append(
                "\(stray) is no setting; those of a sign-in provider are \(ProviderSettings.prefix)<NAME>_ISSUER, _TYPE, _CLIENT_ID, _CLIENT_SECRET, _SCOPES and _LABEL."
            )
        }
        let drafts = names.map { ProviderDraft(named: $0, &reader) } + reader.readProvidersFile()
        let count = reader.problems.count
        for draft in drafts {
            do throws(SettingSources.Problem) {
                providers.append(try draft.provider(allowsLoopback: !isProduction))
            } catch {
                reader.problems.append("\(draft.place): \(error.description)")
            }
        }
        for (index, provider) in providers.enumerated() {
            for other in providers[..<index] {
                if other.name == provider.name {
                    reader.problems.append("The sign-in provider \(provider.name) is configured twice; keep one.")
                } else if other.issuer.hasSameBytes(as: provider.issuer) {
                    reader.problems.append(
                        "The sign-in providers \(other.name) and \(provider.name) have the same issuer; keep one.")
                }
            }
            if let publicURL, WebOrigin(url: provider.issuer) == publicURL {
                reader.problems.append("The issuer of the sign-in provider \(provider.name) is this server itself.")
            }
        }
        allowsPasswordSignIn = reader.read(Settings.passwordSignIn)
        if !allowsPasswordSignIn, providers.isEmpty, reader.problems.count == count {
            reader.problems.append(
                "\(Settings.passwordSignIn.name) is off and there is no sign-in provider, so no one could sign in; set \(ProviderSettings.issuer("<NAME>").name) and \(ProviderSettings.clientID("<NAME>").name), or leave it on."
            )
        }
    }
}

extension SettingReader {
    /// The records of `OIDC_PROVIDERS_FILE`.
    fileprivate mutating func readProvidersFile() -> [ProviderDraft] {
        guard let path = read(Settings.providersFile) else { return [] }
        let name = "\(Settings.providersFile.name): \(path)"
        guard let data = try? SystemError.bytes(ofFile: path) else {
            problems.append("\(name) cannot be read.")
            return []
        }
        let document: JSONValue
        do throws(JSONError) { document = try JSONReader.read(data) } catch {
            problems.append("\(name): \(error.description)")
            return []
        }
        guard case .array(let entries) = document else {
            problems.append("\(name) must hold an array of objects, each with a name, an issuer and a client_id.")
            return []
        }
        var drafts: [ProviderDraft] = []
        for (index, entry) in entries.enumerated() {
            let place = "\(name), entry \(index + 1)"
            do throws(SettingSources.Problem) { drafts.append(try ProviderDraft(entry, place: place)) } catch {
                problems.append("\(place): \(error.description)")
            }
        }
        return drafts
    }
}
