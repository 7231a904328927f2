import Crypto
import HTTPClient
import JSON

extension TrustedIssuer {
    /// Fetches its keys once, for an operator who wants to know if that works.
    /// - Returns: the address that they are at.
    /// - Throws: `FetchError`.
    package func probe(_ fetcher: any DocumentFetcher) async throws -> String {
        var failures: [String] = []
        func hasKeys(_ url: String) async -> Bool {
            do {
                if JWKSet(try await fetcher.fetch(url)) != nil { return true }
                failures.append("\(url) is not a JWK Set with one key for each name.")
            } catch {
                failures.append("\(error)")
            }
            return false
        }
        for url in keySetURLs where await hasKeys(url) { return url }
        if let discoveryURL {
            do {
                let document = try await fetcher.fetch(discoveryURL)
                if case .object(let members)? = try? JSONReader.read(document),
                    case .string(let url)? = members["jwks_uri"], await hasKeys(url)
                {
                    return url
                }
            } catch {
                failures.append("\(error)")
            }
        }
        throw FetchError(failures.joined(separator: " "))
    }
}
