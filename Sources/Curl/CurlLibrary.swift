import CCurl

/// libcurl, loaded once, when something is first sent to another server.
package enum CurlLibrary {
    private static let problem: String? = latchkey_curl_load().map { String(cString: $0) }

    /// The reason why libcurl can't be used; nil if it can. The first call loads it.
    package static var loadingProblem: String? { problem }
}
