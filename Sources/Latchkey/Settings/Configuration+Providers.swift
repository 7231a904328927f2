import Auth
import Basics

extension Configuration {
    /// Reads the sign-in providers, and checks them together.
    mutating func readProviders(_ reader: inout SettingReader) {
        for stray in ProviderSettings.names(in: reader.sources.named).strays {
            warnings.append(
                "\(stray) is not a setting; those of a sign-in provider are \(ProviderSettings.prefix)<NAME>_ISSUER, _TYPE, _CLIENT_ID, _CLIENT_SECRET, _SCOPES and _LABEL."
            )
        }
        let count = reader.problems.count
        providers = reader.readProviders(allowsLoopback: !isProduction)
        for provider in providers {
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
    /// The sign-in providers of the settings and of `OIDC_PROVIDERS_FILE`.
    /// - Parameter allowsLoopback: true if a provider on this machine may speak plain HTTP.
    mutating func readProviders(allowsLoopback: Bool) -> [SignInProvider] {
        let drafts =
            ProviderSettings.names(in: sources.named).names.map { ProviderDraft(named: $0, &self) }
            + readProvidersFile()
        var providers: [SignInProvider] = []
        for draft in drafts {
            do throws(SettingSources.Problem) {
                providers.append(try draft.provider(allowsLoopback: allowsLoopback))
            } catch {
                problems.append("\(draft.place): \(error.description)")
            }
        }
        for (index, provider) in providers.enumerated() {
            for other in providers[..<index] {
                if other.name == provider.name {
                    problems.append("The sign-in provider \(provider.name) is configured twice; keep one.")
                } else if other.issuer.hasSameBytes(as: provider.issuer) {
                    problems.append(
                        "The sign-in providers \(other.name) and \(provider.name) have the same issuer; keep one.")
                }
            }
        }
        return providers
    }

    /// The records of `OIDC_PROVIDERS_FILE`.
    private mutating func readProvidersFile() -> [ProviderDraft] {
        var drafts: [ProviderDraft] = []
        for (place, entry) in readEntries(Settings.providersFile, each: "a name, an issuer and a client_id") {
            do throws(SettingSources.Problem) { drafts.append(try ProviderDraft(entry, place: place)) } catch {
                problems.append("\(place): \(error.description)")
            }
        }
        return drafts
    }
}
