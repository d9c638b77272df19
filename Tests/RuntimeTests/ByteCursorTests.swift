import Runtime
import Testing

struct ByteCursorTests {
    private func text(_ write: (inout ByteCursor) -> Void) -> String {
        String(
            decoding: [UInt8](unsafeUninitializedCapacity: 64) { room, count in
                var cursor = ByteCursor(room)
                write(&cursor)
                count = cursor.count
            }, as: UTF8.self)
    }

    @Test func `numbers of every length are written as they are`() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            for value in [power - 1, power, power + 1, power / 7 * 3, UInt64.max] {
                #expect(text { $0.put(decimal: value, digits: 1) } == "\(value)")
            }
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        for value in [Int.min, -100, -99, -1, 0, 9, 10, 99, 100, 101, Int.max] {
            #expect(text { $0.put(decimal: value) } == "\(value)")
        }
    }

    @Test(arguments: [(7, 3, "007"), (0, 2, "00"), (1234, 2, "1234"), (5, 1, "5"), (42, 6, "000042")])
    func `zeros stand in front where there are too few digits`(value: UInt64, digits: Int, result: String) {
        #expect(text { $0.put(decimal: value, digits: digits) } == result)
    }
}
