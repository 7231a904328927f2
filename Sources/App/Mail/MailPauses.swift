/// The pauses between attempts to send one e-mail.
enum MailPauses {
    private static let pauses: [Int64] = [15, 60, 300, 900, 1800]
    private static let last: Int64 = 3600

    /// - Parameter attempts: those made so far, from 1.
    /// - Returns: seconds, with a fifth more or less by chance, so that mail that failed together is not retried
    ///   together.
    static func seconds(after attempts: Int) -> Int64 {
        let pause = pauses.indices.contains(attempts - 1) ? pauses[attempts - 1] : last
        return Int64.random(in: pause * 4 / 5...pause * 6 / 5)
    }
}
