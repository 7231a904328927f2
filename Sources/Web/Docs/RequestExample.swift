import Basics
import JSON
import NIOHTTP1

/// An operation as code to copy, in each language of the page. Tokens and ids are variables of the reader's.
struct RequestExample {
    enum Language: String, CaseIterable {
        case curl
        case javaScript = "JavaScript"
        case python = "Python"
        case swift = "Swift"

        /// The name in the page's markup.
        var id: String { rawValue.lowercased() }
    }

    /// Bodies that are longer stand on several lines.
    private static let widestLine = 64

    private enum Answer { case none, json, events }

    private let method: HTTPMethod
    /// The address, with variables in braces.
    private let address: String
    private let variables: [String]
    /// The variable that holds the bearer token; nil where none is needed.
    private let token: String?
    private let body: JSONValue?
    private let answer: Answer

    init(_ documented: DocumentedOperation, origin: String) {
        var path = documented.path
        var query: [String] = []
        var variables: [String] = []
        for parameter in documented.parameters {
            switch parameter.place {
            case .path where parameter.name == "token":
                path = path.replacing("{token}", with: "x")
            case .path:
                variables.append(parameter.name.uppercased())
                path = path.replacing("{\(parameter.name)}", with: "{\(parameter.name.uppercased())}")
            case .query where parameter.isRequired:
                if case .string(let sample) = parameter.schema.sample {
                    query.append("\(parameter.name)=\(PercentEncoding.encodeComponent(sample))")
                }
            case .query, .header: break
            }
        }
        method = documented.method
        address = origin + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        self.variables = variables
        token =
            documented.proofs.isEmpty ? nil : documented.operation.tag == .betterAuth ? "SESSION_TOKEN" : "TOKEN"
        body = documented.operation.body?.schema.sample
        answer =
            switch documented.answers.first(where: { (200..<300).contains($0.status.code) })?.contents.first?.type {
            case "application/json"?: .json
            case "text/event-stream"?: .events
            default: .none
            }
    }

    func code(in language: Language) -> String {
        switch language {
        case .curl: curl
        case .javaScript: javaScript
        case .python: python
        case .swift: swift
        }
    }

    private func address(_ reference: (String) -> String) -> String {
        variables.reduce(address) { $0.replacing("{\($1)}", with: reference($1)) }
    }

    // MARK: Languages

    /// A command line for a shell, one option per line if there are several.
    private var curl: String {
        var parts = ["curl" + (method == .GET ? "" : " -X \(method.rawValue)") + " \"\(address { "$" + $0 })\""]
        if answer == .events { parts[0] = parts[0].replacing("curl", with: "curl -N") }
        if let token { parts.append("-H \"Authorization: Bearer $\(token)\"") }
        if let body {
            parts.append("-H \"Content-Type: application/json\"")
            let compact = body.compact
            let text = compact.utf8.count <= Self.widestLine ? compact : body.indented(by: "  ")
            parts.append("-d '\(text.replacing("'", with: "'\\''"))'")
        }
        return parts.joined(separator: " \\\n  ")
    }

    /// For browsers and Node.
    private var javaScript: String {
        var headers: [String] = []
        if let token { headers.append("Authorization: `Bearer ${\(token)}`") }
        if body != nil { headers.append("'Content-Type': 'application/json'") }
        var options: [String] = []
        if method != .GET { options.append("method: '\(method.rawValue)'") }
        if !headers.isEmpty { options.append("headers: { \(headers.joined(separator: ", ")) }") }
        if let body { options.append("body: JSON.stringify(\(body.indented(by: "  ")))") }
        let quote = variables.isEmpty ? "'" : "`"
        let url = quote + address { "${\($0)}" } + quote
        let call =
            options.isEmpty ? "fetch(\(url))" : "fetch(\(url), {\n" + options.map { "  \($0),\n" }.joined() + "})"
        let end =
            switch answer {
            case .none: "console.log(response.status);"
            case .json: "console.log(response.status, await response.json());"
            case .events:
                """
                for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
                  console.log(text);
                }
                """
            }
        return "const response = await \(call);\n\(end)"
    }

    /// For the package `requests`.
    private var python: String {
        var arguments = [(variables.isEmpty ? "" : "f") + "\"\(address { "{\($0)}" })\""]
        if let token { arguments.append("headers={\"Authorization\": f\"Bearer {\(token)}\"}") }
        if let body { arguments.append("json=\(body.python(indent: "    "))") }
        if answer == .events { arguments.append("stream=True") }
        let list =
            arguments.count == 1 ? arguments[0] : "\n" + arguments.map { "    \($0),\n" }.joined()
        let end =
            switch answer {
            case .none: "print(response.status_code)"
            case .json: "print(response.status_code, response.json())"
            case .events: "for line in response.iter_lines():\n    print(line.decode())"
            }
        return "import requests\n\nresponse = requests.\(method.rawValue.lowercased())(\(list))\n\(end)"
    }

    /// For Foundation.
    private var swift: String {
        var settings: [String] = []
        if method != .GET { settings.append("request.httpMethod = \"\(method.rawValue)\"") }
        if let token {
            settings.append(
                "request.setValue(\"Bearer \\(\(token))\", forHTTPHeaderField: \"Authorization\")")
        }
        if let body {
            settings.append("request.setValue(\"application/json\", forHTTPHeaderField: \"Content-Type\")")
            settings.append(
                "request.httpBody = Data(#\"\"\"\n    \(body.indented(by: "    "))\n    \"\"\"#.utf8)")
        }
        let url = "URL(string: \"\(address { "\\(\($0))" })\")!"
        let end =
            switch answer {
            case .none, .json:
                """
                let (data, response) = try await URLSession.shared.data(for: request)
                print((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
                """
            case .events:
                """
                let (bytes, response) = try await URLSession.shared.bytes(for: request)
                for try await line in bytes.lines { print(line) }
                """
            }
        let first = "import Foundation\n\n\(settings.isEmpty ? "let" : "var") request = URLRequest(url: \(url))"
        return ([first] + settings).joined(separator: "\n") + "\n\n" + end
    }
}

extension JSONValue {
    /// The value as a literal of Python.
    fileprivate func python(indent: String) -> String {
        let inner = indent + "    "
        switch self {
        case .null: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .array(let elements):
            return "[" + elements.map { $0.python(indent: indent) }.joined(separator: ", ") + "]"
        case .object(let object) where !object.members.isEmpty:
            let lines = object.members.map { name, value in
                "\(inner)\(JSONValue.string(name).compact): \(value.python(indent: inner)),\n"
            }
            return "{\n" + lines.joined() + indent + "}"
        case .integer, .double, .string, .object: return compact
        }
    }
}
