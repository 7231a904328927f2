/// The reason why HTTPS can't be served, as a sentence.
package struct TLSProblem: Error, CustomStringConvertible {
    package let description: String
}
