import CCurl
import Glibc

/// One transfer at a time with libcurl; further transfers to the same server reuse the connection. Calls block, so they
/// are made on a thread of their own.
package final class CurlHandle: @unchecked Sendable {
    // @unchecked is safe: a handle may be used from any thread but only from one at a time (libcurl-thread(3)), and its
    // owner hands it from one to the next.
    private let handle: UnsafeMutableRawPointer

    /// - Throws: `CurlFailure` if libcurl can't be loaded.
    package init() throws(CurlFailure) {
        if let problem = CurlLibrary.loadingProblem { throw CurlFailure(code: CURLE_FAILED_INIT, text: problem) }
        guard let handle = latchkey_curl_easy_init() else {
            throw CurlFailure(code: CURLE_FAILED_INIT, text: "libcurl is out of memory.")
        }
        self.handle = handle
    }

    deinit {
        // libcurl says goodbye to the server, but an answer is not waited for, which could take minutes.
        shutDown(SHUT_RD)
        latchkey_curl_easy_cleanup(handle)
    }

    private func shutDown(_ directions: Int) {
        let socket = latchkey_curl_last_socket(handle)
        if socket >= 0 { shutdown(socket, Int32(directions)) }
    }

    /// Runs a transfer. Its connection is kept, its options are not.
    /// - Parameter request: its callbacks are only called before this returns.
    package func perform(_ request: CurlRequest) throws(CurlFailure) -> CurlResult {
        let exchange = CurlExchange(request)
        let argument = Unmanaged.passUnretained(exchange).toOpaque()
        var lists: [UnsafeMutablePointer<curl_slist>] = []
        var status = 0
        var errorText = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let code = errorText.withUnsafeMutableBufferPointer { errorText in
            var setter = Setter(handle: handle)
            setter.set(CURLOPT_ERRORBUFFER, pointer: errorText.baseAddress)
            setter.set(request, argument, &lists)
            let code = setter.failure ?? latchkey_curl_easy_perform(handle)
            latchkey_curl_get_number(handle, CURLINFO_RESPONSE_CODE, &status)
            // The state of the connection is unknown.
            if code != CURLE_OK { shutDown(SHUT_RDWR) }
            // Closing a kept connection talks to the server, too: what the options point to would be gone by then.
            latchkey_curl_easy_reset(handle)
            return code
        }
        withExtendedLifetime(exchange) {}
        for list in lists { latchkey_curl_list_free(list) }
        let result = CurlResult(status: status, body: exchange.body, dialogue: exchange.dialogue)
        guard code == CURLE_OK else {
            let own = String(decoding: errorText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let text = own.isEmpty ? String(cString: latchkey_curl_easy_strerror(code)) : own
            throw CurlFailure(
                code: code, text: text, isForbiddenAddress: exchange.hasRefusedAddress,
                isTooLarge: exchange.isTooLarge, isTooSlow: exchange.isTooSlow, result: result)
        }
        return result
    }

    /// Sets options until one fails.
    private struct Setter {
        let handle: UnsafeMutableRawPointer
        var failure: CURLcode?

        mutating func note(_ code: CURLcode) { if code != CURLE_OK, failure == nil { failure = code } }

        mutating func set(_ option: CURLoption, _ value: Int) { note(latchkey_curl_set_number(handle, option, value)) }
        mutating func set(_ option: CURLoption, _ value: String) { note(latchkey_curl_set_text(handle, option, value)) }
        mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) {
            note(latchkey_curl_set_pointer(handle, option, pointer))
        }

        mutating func set(
            _ option: CURLoption, list texts: [String], _ lists: inout [UnsafeMutablePointer<curl_slist>]
        ) {
            var list: UnsafeMutablePointer<curl_slist>?
            for text in texts {
                guard let longer = latchkey_curl_list_append(list, text) else {
                    latchkey_curl_list_free(list)
                    return note(CURLE_OUT_OF_MEMORY)
                }
                list = longer
            }
            guard let list else { return }
            lists.append(list)
            set(option, pointer: list)
        }

        mutating func set(
            _ request: CurlRequest, _ argument: UnsafeMutableRawPointer,
            _ lists: inout [UnsafeMutablePointer<curl_slist>]
        ) {
            set(CURLOPT_URL, request.url)
            // Signals are for the whole process, and threads can't have timeouts of their own with them.
            set(CURLOPT_NOSIGNAL, 1)
            set(CURLOPT_FOLLOWLOCATION, 0)
            set(CURLOPT_CONNECTTIMEOUT_MS, request.limits.connectMilliseconds)
            set(CURLOPT_TIMEOUT_MS, request.limits.totalMilliseconds)
            set(CURLOPT_MAXAGE_CONN, 30)
            // An empty text keeps libcurl from reading the environment by itself.
            set(CURLOPT_PROXY, request.proxy?.url ?? "")
            set(CURLOPT_NOPROXY, request.proxy?.exceptions ?? "")
            if let file = request.extraAuthorities { set(CURLOPT_CAINFO, file) }
            note(latchkey_curl_set_socket_opener(handle, CurlExchange.openSocket, argument))
            note(latchkey_curl_set_writer(handle, CurlExchange.write, argument))
            note(latchkey_curl_set_reader(handle, CurlExchange.read, argument))
            note(latchkey_curl_set_progress(handle, CurlExchange.progress, argument))
            if request.recordsDialogue { note(latchkey_curl_set_debugger(handle, CurlExchange.debug, argument)) }
            switch request.kind {
            case .http(let http):
                note(latchkey_curl_set_protocols(handle, "http,https", latchkey_protocols_http))
                set(CURLOPT_USERAGENT, "Latchkey")
                set(CURLOPT_HTTPHEADER, list: http.headers.map { "\($0.name): \($0.value)" } + ["Expect:"], &lists)
                if let body = http.body {
                    set(CURLOPT_POST, 1)
                    set(CURLOPT_POSTFIELDSIZE, body.count)
                }
            case .smtp(let smtp):
                note(latchkey_curl_set_protocols(handle, "smtp,smtps", latchkey_protocols_smtp))
                if smtp.requiresTLS { set(CURLOPT_USE_SSL, latchkey_use_tls) }
                if let user = smtp.user { set(CURLOPT_USERNAME, user) }
                if let password = smtp.password { set(CURLOPT_PASSWORD, password) }
                set(CURLOPT_FORBID_REUSE, smtp.isLastOfConnection ? 1 : 0)
                if smtp.isTrial {
                    set(CURLOPT_CUSTOMREQUEST, "NOOP")
                    set(CURLOPT_NOBODY, 1)
                } else {
                    set(CURLOPT_MAIL_FROM, "<\(smtp.sender)>")
                    set(CURLOPT_MAIL_RCPT, list: ["<\(smtp.recipient)>"], &lists)
                    set(CURLOPT_UPLOAD, 1)
                }
            }
        }
    }
}
