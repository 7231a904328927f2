import Basics
import HTTPClient
import JSON

/// Requests to one sign-in provider, whose answers are small JSON documents.
struct ProviderRequests {
    let sender: any RequestSender

    private static let maximumAnswerSize = 100 * 1024

    /// A GET with an access token.
    func get(_ url: String, _ accessToken: String) async throws -> JSONValue {
        try await document(
            url,
            headers: [
                (name: "Authorization", value: "Bearer \(accessToken)"), (name: "Accept", value: "application/json"),
                // GitHub answers none without it.
                (name: "User-Agent", value: "Latchkey"),
            ])
    }

    /// A POST of a form.
    func post(
        _ url: String, _ parameters: [(String, String)], _ more: [(name: String, value: String)] = []
    ) async throws -> JSONObject {
        let headers: [(name: String, value: String)] = [
            (name: "Content-Type", value: "application/x-www-form-urlencoded"),
            (name: "Accept", value: "application/json"),
        ]
        return try Self.object(
            await document(
                url, headers: headers + more, body: Array(PercentEncoding.encodeForm(parameters).utf8)), of: url)
    }

    static func object(_ document: JSONValue, of url: String) throws -> JSONObject {
        guard case .object(let members) = document else {
            throw ProviderRefusal(.notTrusted, "\(url) did not answer with a JSON object.")
        }
        return members
    }

    /// The bearer token among the members of an answer; nil if there is none.
    static func accessToken(_ members: JSONObject, of url: String) throws -> String? {
        guard case .string(let text)? = members["access_token"] else { return nil }
        guard case .string(let type)? = members["token_type"], type.lowercased() == "bearer" else {
            throw ProviderRefusal(.notTrusted, "\(url) sent an access token that is not a bearer token.")
        }
        return text
    }

    /// The error code that an answer names, to follow a word; empty for none. A description is a text of the
    /// provider's.
    static func errorCode(_ document: JSONValue?) -> String {
        guard case .object(let members)? = document, case .string(let text)? = members["error"] else { return "" }
        return " \(String(decoding: text.utf8.prefix(60), as: UTF8.self).debugDescription)"
    }

    private func document(
        _ url: String, headers: [(name: String, value: String)], body: [UInt8]? = nil
    ) async throws -> JSONValue {
        let response: OutgoingResponse
        do { response = try await sender.send(url, headers: headers, body: body) } catch let error as FetchError {
            throw ProviderRefusal(.unavailable, error.description)
        }
        guard response.body.count <= Self.maximumAnswerSize else {
            throw ProviderRefusal(.notTrusted, "\(url) answered with more than \(Self.maximumAnswerSize >> 10) KiB.")
        }
        let document = try? JSONReader.read(response.body)
        guard response.status == 200 else {
            let isTrouble = response.status >= 500 || response.status == 429
            throw ProviderRefusal(
                isTrouble ? .unavailable : .notTrusted, "\(url) answered \(response.status)\(Self.errorCode(document))."
            )
        }
        guard let document else { throw ProviderRefusal(.notTrusted, "\(url) did not answer with JSON.") }
        return document
    }
}
