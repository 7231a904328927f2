import CCurl
import Glibc

/// libcurl, loaded once, when something is first sent to another server.
package enum CurlLibrary {
    private static let problem: String? = {
        // A TLS connection that the server has closed would end the process: libcurl, which may not use signals beside
        // threads, leaves this one to the program (CURLOPT_NOSIGNAL(3)).
        signal(SIGPIPE, SIG_IGN)
        return latchkey_curl_load().map { String(cString: $0) }
    }()

    /// The reason why libcurl can't be used; nil if it can. The first call loads it.
    package static var loadingProblem: String? { problem }
}
