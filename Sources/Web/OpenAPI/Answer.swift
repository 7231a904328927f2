import HTTPServer
import JSON
import NIOHTTP1

/// One of the answers that a request may get.
package struct Answer: Sendable {
    package struct Content: Sendable {
        package let type: String
        /// Nil for what is not JSON.
        package let schema: JSONSchema?
        package var examples: [(name: String, value: JSONValue)]
    }

    package struct Header: Sendable {
        package let name: String
        package let schema: JSONSchema
        package var isRequired = true
    }

    /// What to do next with what came back (OpenAPI 3.1, section 4.8.20): which operation, and where its parameters
    /// are to be found.
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

    /// An answer without a body.
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
