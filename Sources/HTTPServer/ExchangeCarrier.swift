/// The connection or the stream that carries an exchange.
protocol ExchangeCarrier: AnyObject {
    func send(_ response: Response, to request: Request)
}
