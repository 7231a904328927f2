/// The outcome of a transfer that the server answered.
package struct CurlResult: Sendable {
    /// The status of an HTTP response, or the code of the last SMTP reply; 0 if there was none.
    package var status: Int
    package var body: [UInt8]
    /// The commands and replies of a transfer that records them.
    package var dialogue: [DialogueLine]
}
