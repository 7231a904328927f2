import HTTPServer
import JSON
import NIOHTTP1

/// A possible response to a request.
package struct Answer: Sendable {
    package struct Content: Sendable {
        package let type: String
        /// Nil for a body that is not JSON.
        package let schema: JSONSchema?
        package var examples: [(name: String, value: JSONValue)]
    }

    package struct Header: Sendable {
        package let name: String
        package let schema: JSONSchema
        package var isRequired = true
    }

    /// A follow-up operation (OpenAPI 3.1, section 4.8.20): its id, and the source of its parameters.
    package struct Link: Sendable {
        package let name: String
        package var operation: String
        package var parameters: [(name: String, value: String)]
    }

    package let status: HTTPResponseStatus
    package var text: String
    package var contents: [Content] = []
    package var headers: [Header] = []
    package var links: [Link] = []

    /// A response without a body.
    static func empty(_ status: HTTPResponseStatus, _ text: String, headers: [Header] = [], links: [Link] = [])
        -> Answer
    {
        Answer(status: status, text: text, headers: headers, links: links)
    }

    static func json(
        _ status: HTTPResponseStatus, _ text: String, _ schema: JSONSchema, headers: [Header] = [], links: [Link] = []
    ) -> Answer {
        let content = Content(type: "application/json", schema: schema, examples: [(status.name, schema.sample)])
        return Answer(status: status, text: text, contents: [content], headers: headers, links: links)
    }

    static func page(_ status: HTTPResponseStatus, _ text: String) -> Answer {
        Answer(
            status: status, text: text, contents: [Content(type: "text/html", schema: nil, examples: [])])
    }
}

extension HTTPResponseStatus {
    /// `404 Not Found`
    var inWords: String { "\(code) \(reasonPhrase)" }
    /// `not_found`
    var name: String { reasonPhrase.lowercased().replacing(" ", with: "_") }
}
