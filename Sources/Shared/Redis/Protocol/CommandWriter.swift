import Runtime

/// Writes commands in RESP, straight into the buffer that goes out.
///
/// Not hiredis' formatter: that allocates a block per command and would be copied again.
package struct CommandWriter: ~Copyable {
    /// Whole commands, and perhaps one that is still open.
    var bytes = ByteBuffer()
    /// How many commands were begun.
    private(set) var commands = 0
    private var start = 0
    private var parts = 0
    private var digits = 0
    private var isOpen = false

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
        isOpen = true
        start = bytes.count
        parts = 0
        digits = decimalDigits(UInt64(max(0, arguments) + 1))
        bytes.append(room: digits + 3) { room in
            room[0] = UInt8(ascii: "*")
            return digits + 3
        }
    }

    /// Writes the count of the open command into its head.
    mutating func finish() {
        guard isOpen else { return }
        isOpen = false
        let wanted = decimalDigits(UInt64(parts))
        if wanted != digits { moveArguments(by: wanted - digits) }
        bytes.withMutableReadable { all in
            var rest = parts
            for offset in stride(from: start + wanted, to: start, by: -1) {
                all[offset] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            all[start + wanted + 1] = UInt8(ascii: "\r")
            all[start + wanted + 2] = UInt8(ascii: "\n")
        }
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
        beginArgument(argument.count)
        bytes.append(argument)
        endArgument()
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

    package mutating func append(_ number: some FixedWidthInteger) {
        let sign = number < 0 ? 1 : 0
        beginArgument(sign + decimalDigits(UInt64(number.magnitude)))
        bytes.append(decimal: number)
        endArgument()
    }

    /// In the shortest form that reads back as the same number; ±inf as Redis writes it.
    package mutating func append(_ number: Double) { append("\(number)") }

    /// One argument of exactly `count` bytes that `body` writes piece by piece: no key or envelope is built beforehand.
    package mutating func append(count: Int, _ body: (inout ByteBuffer) -> Void) {
        beginArgument(count)
        let before = bytes.count
        body(&bytes)
        precondition(bytes.count - before == count, "wrote \(bytes.count - before) bytes, announced \(count)")
        endArgument()
    }

    private mutating func beginArgument(_ count: Int) {
        precondition(isOpen, "an argument before its command")
        parts += 1
        bytes.reserve(count + 25)
        bytes.append(byte: UInt8(ascii: "$"))
        bytes.append(decimal: count)
        bytes.append("\r\n")
    }

    private mutating func endArgument() { bytes.append("\r\n") }
}

private func decimalDigits(_ number: UInt64) -> Int {
    var digits = 1
    var rest = number
    while rest >= 10 {
        rest /= 10
        digits += 1
    }
    return digits
}
