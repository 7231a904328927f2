import NIOCore

/// The connection or the stream that carries an exchange.
protocol ExchangeCarrier: AnyObject {
    func send(_ response: Response, to request: Request)
    /// Sends a piece of a streamed body; done when the socket has taken it.
    func sendPiece(_ piece: ByteBuffer) -> EventLoopFuture<Void>
    func endStream()
    /// Ends the response so that the client sees that it is incomplete.
    func cutOff()
}
