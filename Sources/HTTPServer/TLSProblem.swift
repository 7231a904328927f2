/// Why HTTPS can't be served with what there is: a sentence.
package struct TLSProblem: Error, CustomStringConvertible {
    package let description: String
}
