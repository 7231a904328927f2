import NIOCore
import NIOHTTP1

/// The reason why a request is answered without reaching the site.
enum Refusal: String, Error, Sendable, CaseIterable {
    // The texts are the reasons as metrics name them.
    case malformed
    case requestLineTooLong = "request_line_too_long"
    case headersTooLarge = "headers_too_large"
    case bodyTooLarge = "body_too_large"
    case tooSlow = "too_slow"
    case versionUnknown = "version_unknown"
    case methodUnknown = "method_unknown"
    case hostMissingOrDoubled = "host_missing_or_doubled"
    case hostMalformed = "host_malformed"
    case transferEncodingUnknown = "transfer_encoding_unknown"
    case encodedBody = "encoded_body"
    case expectationUnknown = "expectation_unknown"
    case tooManyConnections = "too_many_connections"
    case tooManyRequests = "too_many_requests"
    case tooManyAnswers = "too_many_answers"
    case plainTextOnTLS = "plain_text_on_tls"

    var status: HTTPResponseStatus {
        switch self {
        case .malformed, .hostMissingOrDoubled, .hostMalformed, .plainTextOnTLS: .badRequest
        case .requestLineTooLong: .uriTooLong
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .bodyTooLarge: .payloadTooLarge
        case .tooSlow: .requestTimeout
        case .versionUnknown: .httpVersionNotSupported
        case .methodUnknown, .transferEncodingUnknown: .notImplemented
        case .encodedBody: .unsupportedMediaType
        case .expectationUnknown: .expectationFailed
        case .tooManyConnections, .tooManyRequests, .tooManyAnswers: .serviceUnavailable
        }
    }

    var title: String { status.reasonPhrase }

    private var detail: StaticString {
        switch self {
        case .malformed: "The request is not valid HTTP."
        case .requestLineTooLong: "The address is too long."
        case .headersTooLarge: "The request's headers are too large."
        case .bodyTooLarge: "The request's body is too large."
        case .tooSlow: "The request took too long to arrive."
        case .versionUnknown: "The version must be HTTP/1.1 or HTTP/1.0."
        case .methodUnknown: "The request's method is not known here."
        case .hostMissingOrDoubled: "The request must name exactly one Host."
        case .hostMalformed: "The Host must be a name or an address, with or without a port."
        case .transferEncodingUnknown: "The only Transfer-Encoding that is read here is chunked."
        case .encodedBody: "Send the body as it is, without Content-Encoding."
        case .expectationUnknown: "The only expectation that can be met is 100-continue."
        case .tooManyConnections: "Too many connections are open. Try again in a moment."
        case .plainTextOnTLS: "This port speaks HTTPS. The address begins with https://."
        case .tooManyRequests: "Too much is being sent at once. Try again in a moment."
        case .tooManyAnswers: "Too many answers wait to be read. Read them, or try again in a moment."
        }
    }

    /// The response, in the same shape as every other error (RFC 9457).
    func response(requestID: String) -> Response {
        // Every part is a constant, so there is nothing to escape.
        let json =
            #"{"type":"about:blank","title":"\#(status.reasonPhrase)","status":\#(status.code),"#
            + #""detail":"\#(detail)","request_id":"\#(requestID)"}"#
        var response = Response(status: status, contentType: "application/problem+json", bytes: Array(json.utf8))
        response.headers.add(name: "x-content-type-options", value: "nosniff")
        response.headers.add(name: "cache-control", value: "no-store")
        if status == .serviceUnavailable { response.headers.add(name: "retry-after", value: "1") }
        return response
    }
}
