/// The reason why a document could not be fetched, as one sentence for the log.
package struct FetchError: Error, CustomStringConvertible {
    package let description: String
    /// True if the service responded over HTTP, but with a status other than 200: the document may be elsewhere.
    package let isMissingDocument: Bool

    package init(_ description: String, isMissingDocument: Bool = false) {
        self.description = description
        self.isMissingDocument = isMissingDocument
    }
}
