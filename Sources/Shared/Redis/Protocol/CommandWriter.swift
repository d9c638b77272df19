import Runtime

/// Writes commands in RESP, straight into the buffer that goes out.
///
/// Not hiredis' formatter: that allocates a block per command and would be copied again.
package struct CommandWriter: ~Copyable {
    /// Whole commands, and perhaps one that is still open.
    var bytes = ByteBuffer()
    /// How many commands were begun.
    private(set) var commands = 0
    /// Where the open command begins, and how many parts it has so far.
    private var start = 0
    private var parts = 0
    /// How many digits its head has room for; 0 when no command is open.
    private var digits = 0

    package init() {}

    init(appendingTo bytes: consuming ByteBuffer) {
        self.bytes = bytes
    }

    /// Begins a command; the one before it is complete. `expecting` arguments is a hint that saves moving bytes: the
    /// head of a command holds the count, and nine arguments more or less may need another digit there.
    package mutating func command(_ name: StaticString, expecting arguments: Int = 4) {
        begin(expecting: arguments)
        append(name)
    }

    package mutating func command(_ name: String, expecting arguments: Int = 4) {
        begin(expecting: arguments)
        append(name)
    }

    private mutating func begin(expecting arguments: Int) {
        finish()
        commands += 1
        start = bytes.count
        parts = 0
        digits = decimalDigits(max(0, arguments) + 1)
        // Filled in by `finish`.
        bytes.append(room: digits + 3) { _ in digits + 3 }
    }

    /// Writes the count of the open command into its head.
    mutating func finish() {
        guard digits > 0 else { return }
        let wanted = decimalDigits(parts)
        if wanted != digits { moveArguments(by: wanted - digits) }
        let (start, parts) = (start, parts)
        bytes.withMutableReadable { all in
            writeHead(UInt8(ascii: "*"), parts, digits: wanted, to: all, at: start)
        }
        digits = 0
    }

    private mutating func moveArguments(by distance: Int) {
        let from = start + digits + 3
        let count = bytes.count - from
        if distance > 0 { bytes.append(room: distance) { _ in distance } }
        bytes.withMutableReadable { all in
            UnsafeMutableRawBufferPointer(rebasing: all[(from + distance)...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: all[from..<from + count]))
        }
        if distance < 0 { bytes.dropLast(-distance) }
    }
}

/// The arguments.
extension CommandWriter {
    package mutating func append(_ argument: UnsafeRawBufferPointer) {
        argumentOfSize(argument.count) { room in
            if let source = argument.baseAddress {
                room.baseAddress?.copyMemory(from: source, byteCount: argument.count)
            }
        }
    }

    package mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(_ text: Substring) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(_ argument: [UInt8]) { argument.withUnsafeBytes { append($0) } }

    package mutating func append(_ argument: ArraySlice<UInt8>) { argument.withUnsafeBytes { append($0) } }

    package mutating func append(_ argument: RedisBytes) { argument.withUnsafeBytes { append($0) } }

    package mutating func append(_ buffer: borrowing ByteBuffer) { append(buffer.readable) }

    package mutating func append(_ number: Int) {
        let sign = number < 0 ? 1 : 0
        let digits = decimalDigits(number)
        argumentOfSize(sign + digits) { room in
            if sign == 1 { room[0] = UInt8(ascii: "-") }
            writeDigits(number.magnitude, count: digits, to: room, at: sign)
        }
    }

    package mutating func append(_ number: some FixedWidthInteger) {
        if let number = Int(exactly: number) { append(number) } else { append(String(number)) }
    }

    /// In the shortest form that reads back as the same number; ±inf as Redis writes it.
    package mutating func append(_ number: Double) { append("\(number)") }

    /// One argument of exactly `count` bytes that `body` writes piece by piece: no key or envelope is built beforehand.
    package mutating func append(count: Int, _ body: (inout ByteBuffer) -> Void) {
        let head = beginArgument(count)
        bytes.append(room: head) { room in
            writeHead(UInt8(ascii: "$"), count, digits: head - 3, to: room, at: 0)
            return head
        }
        let before = bytes.count
        body(&bytes)
        precondition(bytes.count - before == count, "wrote \(bytes.count - before) bytes, announced \(count)")
        bytes.append("\r\n")
    }

    private mutating func argumentOfSize(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        let head = beginArgument(count)
        bytes.append(room: head + count + 2) { room in
            writeHead(UInt8(ascii: "$"), count, digits: head - 3, to: room, at: 0)
            write(UnsafeMutableRawBufferPointer(rebasing: room[head..<head + count]))
            room[head + count] = UInt8(ascii: "\r")
            room[head + count + 1] = UInt8(ascii: "\n")
            return head + count + 2
        }
    }

    /// The size of the head of an argument of so many bytes.
    private mutating func beginArgument(_ count: Int) -> Int {
        precondition(digits > 0, "an argument before its command")
        parts += 1
        return decimalDigits(count) + 3
    }
}

/// `*3\r\n` or `$12\r\n`.
private func writeHead(_ mark: UInt8, _ count: Int, digits: Int, to room: UnsafeMutableRawBufferPointer, at start: Int)
{
    room[start] = mark
    writeDigits(count.magnitude, count: digits, to: room, at: start + 1)
    room[start + digits + 1] = UInt8(ascii: "\r")
    room[start + digits + 2] = UInt8(ascii: "\n")
}

private func writeDigits(_ number: UInt, count: Int, to room: UnsafeMutableRawBufferPointer, at start: Int) {
    var rest = number
    for offset in stride(from: start + count - 1, through: start, by: -1) {
        room[offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
    }
}

/// Without the sign.
private func decimalDigits(_ number: Int) -> Int {
    var digits = 1
    var rest = number.magnitude
    while rest >= 10 {
        rest /= 10
        digits += 1
    }
    return digits
}
