#if TLS
    import NIOCore

    /// Stands between the socket and the frame parser, and enforces the limits that the parser leaves open: heads that
    /// never end, frames that cost the client nothing, an unbounded header table, and a GOAWAY that lets the open
    /// streams finish.
    ///
    /// (After a GOAWAY the parser would treat the body of a refused stream as a connection error, and abort the
    /// responses of all other streams.)
    final class HTTP2Gate: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer
        typealias OutboundIn = IOData
        typealias OutboundOut = IOData

        /// The maximum size of the encoder's dynamic table, whatever the client offers: a lookup is linear in its size.
        private static let maximumTableSize = 4096
        /// Settings for which the parser is given a larger value than is advertised, so that exceeding the advertised
        /// one is a stream error and not a connection error.
        private let advertised: [UInt16: UInt32]
        private static let prefaceSize = 24

        private unowned let connection: HTTP2Connection
        private var context: ChannelHandlerContext?
        private var incoming = Progress(payload: prefaceSize)
        private var outgoing = Progress(payload: 0)
        private var tableSize = TableSizeLimit()
        private var budget = FrameBudget()
        /// The time since which a head, or the connection preface, has been incomplete.
        private(set) var incompleteSince: NIODeadline? = .now()
        /// True once a GOAWAY with an error was sent: nothing more is read.
        private(set) var hasFailed = false
        private var isClosing = false
        private var isFlushPlanned = false

        /// The parsing progress in one direction.
        fileprivate struct Progress {
            var header: [UInt8] = []
            /// Bytes of the frame's payload that are still to come; at first, those of the preface.
            var payload: Int
            var frame: HTTP2FrameHeader?
            var headIsContinued = false

            init(payload: Int) { self.payload = payload }
        }

        init(_ connection: HTTP2Connection, advertised: [UInt16: UInt32]) {
            self.connection = connection
            self.advertised = advertised
        }

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }

        func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

        // MARK: Inbound

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasFailed && !isClosing else { return }
            var buffer = unwrapInboundIn(data)
            guard follow(&buffer) else { return connection.fail(.enhanceYourCalm) }
            // The client's first frame is part of the preface.
            let isComplete =
                incoming.frame != nil && incoming.payload == 0 && incoming.header.isEmpty && !incoming.headIsContinued
            // Bodies have a deadline of their own.
            if isComplete || (incoming.payload > 0 && incoming.frame?.kind == HTTP2FrameHeader.Kind.data) {
                incompleteSince = nil
            } else {
                incompleteSince = incompleteSince ?? .now()
            }
            context.fireChannelRead(wrapInboundOut(buffer))
        }

        /// - Returns: false if there are too many frames without effect.
        private func follow(_ buffer: inout ByteBuffer) -> Bool {
            var index = buffer.readerIndex
            while index < buffer.writerIndex {
                if incoming.payload > 0 {
                    let count = min(incoming.payload, buffer.writerIndex - index)
                    if let frame = incoming.frame, frame.kind == HTTP2FrameHeader.Kind.settings {
                        limitTableSize(&buffer, index..<(index + count))
                    }
                    incoming.payload -= count
                    index += count
                    continue
                }
                guard let frame = incoming.nextHeader(in: buffer, &index) else { return true }
                tableSize = TableSizeLimit()
                let isUnwanted = frame.kind == HTTP2FrameHeader.Kind.data && connection.isOver(frame.stream)
                guard budget.allows(frame, isUnwanted: isUnwanted) else { return false }
            }
            return true
        }

        /// Lowers the client's announced table size to the maximum that is used here. Works byte by byte, as a setting
        /// may be split across two reads.
        private func limitTableSize(_ buffer: inout ByteBuffer, _ range: Range<Int>) {
            for index in range {
                guard let byte = buffer.getInteger(at: index, as: UInt8.self) else { return }
                let limited = tableSize.limit(byte)
                if limited != byte { buffer.setInteger(limited, at: index) }
            }
        }

        private struct TableSizeLimit {
            private var position = 0
            private var id: UInt16 = 0
            private var isCut = false

            /// A setting consists of a two-byte identifier and a four-byte value (RFC 9113, section 6.5.1).
            mutating func limit(_ byte: UInt8) -> UInt8 {
                defer { position = (position + 1) % 6 }
                switch position {
                case 0:
                    id = UInt16(byte) << 8
                    isCut = false
                    return byte
                case 1:
                    id |= UInt16(byte)
                    return byte
                default: return id == 1 ? limitValue(byte) : byte
                }
            }

            private mutating func limitValue(_ byte: UInt8) -> UInt8 {
                let highest = UInt8(HTTP2Gate.maximumTableSize >> 8)
                switch position {
                case 2, 3:
                    isCut = isCut || byte > 0
                    return 0
                case 4:
                    isCut = isCut || byte >= highest
                    return isCut ? highest : byte
                default: return isCut ? 0 : byte
                }
            }
        }

        // MARK: Outbound

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard case .byteBuffer(var buffer) = unwrapOutboundIn(data) else {
                return context.write(data, promise: promise)
            }
            var index = buffer.readerIndex
            var isChanged = false
            while index < buffer.writerIndex {
                if outgoing.payload > 0 {
                    let count = min(outgoing.payload, buffer.writerIndex - index)
                    outgoing.payload -= count
                    index += count
                    continue
                }
                guard let frame = outgoing.nextHeader(in: buffer, &index) else { break }
                budget.earned(by: frame)
                isChanged = amend(frame, at: index, in: &buffer) || isChanged
            }
            context.write(isChanged ? wrapOutboundOut(.byteBuffer(buffer)) : data, promise: promise)
        }

        /// Amends an outgoing frame. The parser writes every frame except DATA in one piece.
        private func amend(_ frame: HTTP2FrameHeader, at payload: Int, in buffer: inout ByteBuffer) -> Bool {
            guard payload + frame.length <= buffer.writerIndex else { return false }
            switch frame.kind {
            case HTTP2FrameHeader.Kind.settings:
                for start in stride(from: payload, to: payload + frame.length, by: 6) {
                    if let id = buffer.getInteger(at: start, as: UInt16.self), let value = advertised[id] {
                        buffer.setInteger(value, at: start + 2)
                    }
                }
                return true
            case HTTP2FrameHeader.Kind.reset where connection.isAnswered(frame.stream):
                // RFC 9113, section 8.1: the response is complete, and the rest of the request is not needed.
                buffer.setInteger(UInt32(0), at: payload)
                return true
            case HTTP2FrameHeader.Kind.goAway:
                hasFailed = true
                buffer.setInteger(connection.lastStream, at: payload)
                return true
            default: return false
            }
        }

        /// What several streams answer in one turn of the loop is sent together, in one system call.
        func flush(context: ChannelHandlerContext) {
            guard !isFlushPlanned else { return }
            isFlushPlanned = true
            let gate = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.execute { gate.value.flushIfPlanned() }
        }

        private func flushIfPlanned() {
            guard isFlushPlanned else { return }
            isFlushPlanned = false
            context?.flush()
        }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            flushIfPlanned()
            context.close(mode: mode, promise: promise)
        }

        /// Sends GOAWAY (RFC 9113, section 6.8), bypassing the parser.
        func goAway(after last: UInt32, _ code: UInt32) {
            guard let context else { return }
            if code != 0 { hasFailed = true }
            var buffer = context.channel.allocator.buffer(capacity: 17)
            buffer.writeBytes([0, 0, 8, HTTP2FrameHeader.Kind.goAway, 0, 0, 0, 0, 0])
            buffer.writeInteger(last)
            buffer.writeInteger(code)
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
        }

        /// Closes the sending direction and drops further input: closing with unread bytes in the socket makes the
        /// kernel send a reset, which can overtake the last frames.
        func closeGently() {
            guard !isClosing, let context else { return }
            isClosing = true
            flushIfPlanned()
            context.close(mode: .output, promise: nil)
        }
    }

    extension HTTP2Gate.Progress {
        /// The header of the next frame once it is complete; advances `index` past it.
        fileprivate mutating func nextHeader(in buffer: ByteBuffer, _ index: inout Int) -> HTTP2FrameHeader? {
            let wanted = HTTP2FrameHeader.size - header.count
            let count = min(wanted, buffer.writerIndex - index)
            guard let bytes = buffer.viewBytes(at: index, length: count) else { return nil }
            index += count
            let frame: HTTP2FrameHeader
            if header.isEmpty && count == HTTP2FrameHeader.size {
                frame = HTTP2FrameHeader(bytes)
            } else {
                header += bytes
                guard header.count == HTTP2FrameHeader.size else { return nil }
                frame = HTTP2FrameHeader(header)
                header = []
            }
            self.frame = frame
            payload = frame.length
            headIsContinued = frame.isContinued
            return frame
        }
    }

    /// Limits frames without effect, which are free for the client and cost the server a look each. A client has an
    /// initial budget and a rate per second; useful requests and sent data earn more.
    private struct FrameBudget {
        private static let maximum = 1000.0
        private static let perSecond = 20.0
        private var left = maximum
        private var countedAt = NIODeadline.now()

        mutating func earned(by frame: HTTP2FrameHeader) {
            // Both windows are reopened for the data that was read.
            if frame.kind == HTTP2FrameHeader.Kind.data { left = min(Self.maximum, left + 4) }
        }

        /// - Parameter isUnwanted: true for DATA of a stream that has ended.
        mutating func allows(_ frame: HTTP2FrameHeader, isUnwanted: Bool) -> Bool {
            switch frame.kind {
            case HTTP2FrameHeader.Kind.headers: left = min(Self.maximum, left + 4)
            case HTTP2FrameHeader.Kind.data where frame.length > 0 && !isUnwanted: break
            default: left -= 1
            }
            guard left < 0 else { return true }
            let now = NIODeadline.now()
            let seconds = Double((now - countedAt).nanoseconds) / 1e9
            countedAt = now
            left = min(Self.maximum, left + seconds * Self.perSecond)
            return left >= 0
        }
    }
#endif
