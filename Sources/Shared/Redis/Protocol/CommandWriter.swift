import Glibc
import Runtime

/// Writes commands in RESP into the buffer from which they are sent.
///
/// Not hiredis' formatter: that allocates a block per command and would be copied again. And not a `ByteBuffer`: its
/// calls are not inlined into this module, and a command makes a dozen of them.
public struct CommandWriter: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity = 512
    /// The bytes of whole commands, and perhaps of one that is still open.
    private(set) var count = 0
    /// How many commands were begun since `takeCommands`.
    private var commands = 0
    /// Where the open command begins, and how many parts it has so far.
    private var start = 0
    private var parts = 0
    /// How many digits its head has room for; 0 when no command is open.
    private var digits = 0
    /// For arguments that are written piece by piece.
    private var pieces = ByteBuffer()

    public init() { base = .allocate(capacity: capacity) }

    deinit { base.deallocate() }

    var readable: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Closes the last command; answers how many there are since it was asked last.
    mutating func takeCommands() -> Int {
        finish()
        return exchange(&commands, with: 0)
    }

    /// Empties the buffer, and gives back what only an unusual amount of commands needed.
    mutating func clear() {
        count = 0
        guard capacity > 1 << 18 else { return }
        base.deallocate()
        capacity = 512
        base = .allocate(capacity: capacity)
    }

    // MARK: Commands

    /// Begins a command; the one before it is complete. `expecting` arguments is a hint that saves moving bytes: the
    /// head of a command holds the count, and nine arguments more or less may need another digit there.
    public mutating func command(_ name: StaticString, expecting arguments: Int = 4) {
        begin(expecting: arguments)
        append(name)
    }

    public mutating func command(_ name: String, expecting arguments: Int = 4) {
        begin(expecting: arguments)
        append(name)
    }

    private mutating func begin(expecting arguments: Int) {
        finish()
        commands += 1
        start = count
        parts = 0
        digits = decimalDigits(UInt(max(0, arguments)) + 1)
        reserve(digits + 3)
        // Filled in by `finish`.
        count += digits + 3
    }

    /// Writes the count of the open command into its head.
    private mutating func finish() {
        guard digits > 0 else { return }
        let wanted = decimalDigits(UInt(parts))
        if wanted != digits { moveArguments(by: wanted - digits) }
        _ = writeHead(UInt8(ascii: "*"), UInt(parts), digits: wanted, to: base + start)
        digits = 0
    }

    private mutating func moveArguments(by distance: Int) {
        reserve(max(distance, 0))
        let from = start + digits + 3
        memmove(base + from + distance, base + from, count - from)
        count += distance
    }

    // MARK: Arguments

    public mutating func append(_ argument: UnsafeRawBufferPointer) {
        let target = beginArgument(argument.count)
        if let source = argument.baseAddress { memcpy(target, source, argument.count) }
        endArgument(argument.count)
    }

    public mutating func append(_ number: Int) {
        let sign = number < 0 ? 1 : 0
        let digits = decimalDigits(number.magnitude)
        let target = beginArgument(sign + digits)
        if sign == 1 { target[0] = UInt8(ascii: "-") }
        writeDigits(number.magnitude, count: digits, to: target + sign)
        endArgument(sign + digits)
    }

    /// One argument of exactly `count` bytes that `body` writes piece by piece: no key or envelope is built beforehand.
    public mutating func append(count: Int, _ body: (inout ByteBuffer) -> Void) {
        body(&pieces)
        precondition(pieces.count == count, "wrote \(pieces.count) bytes, announced \(count)")
        append(pieces.readable)
        if count > 1 << 16 { pieces.release() } else { pieces.clear() }
    }

    /// Makes room for an argument and writes its head; answers where its bytes belong.
    private mutating func beginArgument(_ size: Int) -> UnsafeMutablePointer<UInt8> {
        precondition(digits > 0, "an argument before its command")
        parts += 1
        let digits = decimalDigits(UInt(size))
        reserve(digits + size + 5)
        let target = writeHead(UInt8(ascii: "$"), UInt(size), digits: digits, to: base + count)
        count += digits + 3
        return target
    }

    private mutating func endArgument(_ size: Int) {
        count += size + 2
        base[count - 2] = UInt8(ascii: "\r")
        base[count - 1] = UInt8(ascii: "\n")
    }

    private mutating func reserve(_ extra: Int) {
        if capacity - count < extra { grow(by: extra) }
    }

    @inline(never) private mutating func grow(by extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }
}

extension CommandWriter {
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    public mutating func append(_ text: Substring) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    public mutating func append(_ argument: [UInt8]) { argument.withUnsafeBytes { append($0) } }

    public mutating func append(_ argument: ArraySlice<UInt8>) { argument.withUnsafeBytes { append($0) } }

    public mutating func append(_ argument: RedisBytes) { argument.withUnsafeBytes { append($0) } }

    public mutating func append(_ buffer: borrowing ByteBuffer) { append(buffer.readable) }

    public mutating func append(_ number: some FixedWidthInteger) {
        if let number = Int(exactly: number) { append(number) } else { append(String(number)) }
    }

    /// In the shortest form that reads back as the same number; ±inf as Redis writes it.
    public mutating func append(_ number: Double) { append("\(number)") }
}

/// Writes `*3\r\n` or `$12\r\n`; answers the place behind it.
private func writeHead(
    _ mark: UInt8, _ number: UInt, digits: Int, to target: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    target[0] = mark
    writeDigits(number, count: digits, to: target + 1)
    target[digits + 1] = UInt8(ascii: "\r")
    target[digits + 2] = UInt8(ascii: "\n")
    return target + digits + 3
}

private func writeDigits(_ number: UInt, count: Int, to target: UnsafeMutablePointer<UInt8>) {
    var rest = number
    var place = count
    repeat {
        place -= 1
        target[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
    } while place > 0
}

private func decimalDigits(_ number: UInt) -> Int {
    if number < 10 { return 1 }
    if number < 100 { return 2 }
    var digits = 3
    var rest = number / 1000
    while rest > 0 {
        rest /= 10
        digits += 1
    }
    return digits
}
