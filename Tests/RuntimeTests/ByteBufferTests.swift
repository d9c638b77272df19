import Runtime
import TestSupport
import Testing

@Suite struct ByteBufferTests {
    @Test func `bytes come out in the order they went in`() {
        var buffer = ByteBuffer()
        buffer.append("static" as StaticString)
        buffer.append(" string ä".dropFirst(0))
        buffer.append([1, 2] as [UInt8])
        buffer.append([9, 3, 4, 9][1...2])
        buffer.append(byte: 5)
        #expect(buffer.toArray() == Array("static string ä".utf8) + [1, 2, 3, 4, 5])
        #expect(buffer.count == 21)
    }

    static let numbers: [Int64] = [0, 7, -7, 10, 99, 100, .max, .min]

    @Test(arguments: numbers) func `numbers are written as decimals`(number: Int64) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(buffer.toString() == "\(number)")
    }

    @Test func `the largest unsigned number is written whole`() {
        var buffer = ByteBuffer()
        buffer.append(decimal: UInt64.max)
        buffer.append(decimal: UInt8.max)
        buffer.append(decimal: Int8.min)
        #expect(buffer.toString() == "\(UInt64.max)255-128")
    }

    @Test func `an empty buffer has nothing and wants nothing`() {
        var buffer = ByteBuffer()
        #expect(buffer.count == 0)
        #expect(buffer.readable.count == 0)
        buffer.append("")
        buffer.append([] as [UInt8])
        buffer.append(UnsafeRawBufferPointer(start: nil, count: 0))
        buffer.consume(0)
        buffer.release()
        buffer.clear()
        #expect(buffer.toString() == "")
    }

    @Test func `what is consumed is gone and what is left stays`() {
        var buffer = ByteBuffer()
        buffer.append("0123456789")
        buffer.consume(4)
        #expect(buffer.toString() == "456789")
        buffer.append("ab")
        buffer.consume(8)
        #expect(buffer.count == 0)
        buffer.append("again")
        #expect(buffer.toString() == "again")
        buffer.release()
        #expect(buffer.count == 0)
        buffer.append("after release")
        #expect(buffer.toString() == "after release")
    }

    @Test func `room is given as asked and counted as used`() throws {
        var buffer = ByteBuffer()
        buffer.append("head ")
        buffer.append(room: 1000) { room in
            #expect(room.count >= 1000)
            room.copyBytes(from: Array("body".utf8))
            return 4
        }
        #expect(buffer.toString() == "head body")
        struct Stopped: Error {}
        #expect(throws: Stopped.self) {
            try buffer.append(room: 10) { _ throws(Stopped) in throw Stopped() }
        }
        #expect(buffer.toString() == "head body")
    }

    @Test func `bytes can be changed in place and dropped at the end`() {
        var buffer = ByteBuffer()
        buffer.append("-abcdef")
        buffer.consume(1)
        buffer.withMutableReadable { $0[0] = UInt8(ascii: "X") }
        buffer.dropLast(2)
        buffer.append("!")
        #expect(buffer.toString() == "Xbcd!")
        buffer.dropLast(5)
        #expect(buffer.toString() == "")
    }

    @Test func `it behaves as an array does, whatever is done`() {
        var random = Seed()
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        for _ in 0..<5000 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<10:
                let piece = (0..<Int.random(in: 0...700, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
                buffer.append(piece)
                model += piece
            case 10..<18:
                let count = Int.random(in: 0...model.count, using: &random)
                buffer.consume(count)
                model.removeFirst(count)
            case 18:
                buffer.clear()
                model = []
            default:
                buffer.reserve(Int.random(in: 0...5000, using: &random))
            }
            guard buffer.count == model.count, buffer.readable.elementsEqual(model) else {
                Issue.record("the buffer differs from the array")
                return
            }
        }
    }

    @Test func `a long stream through a short buffer does not grow it without end`() {
        var buffer = ByteBuffer()
        let piece = [UInt8](repeating: 7, count: 100)
        buffer.append(piece)
        for _ in 0..<100_000 {
            buffer.append(piece)
            buffer.consume(100)
        }
        buffer.append(room: 1) { room in
            #expect(room.count < 4096)
            return 0
        }
    }

    @Test func `consuming more than there is stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer()
            buffer.append("abc")
            buffer.consume(4)
        }
    }
}
