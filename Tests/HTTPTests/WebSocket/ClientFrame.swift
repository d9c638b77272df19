@testable import HTTP

/// A frame as a client sends it, or as it should not.
struct ClientFrame {
    /// How the length is written.
    enum LengthForm { case shortest, medium, long }

    var opcode: UInt8
    var payload: [UInt8]
    var isFinal = true
    var reservedBits: UInt8 = 0
    var mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    var lengthForm = LengthForm.shortest
    /// What the header says, where that is not the truth.
    var announced: UInt64?

    init(_ opcode: FrameHeader.Opcode, _ payload: [UInt8] = []) { self.init(opcode: opcode.rawValue, payload) }

    init(_ opcode: FrameHeader.Opcode, _ text: String) { self.init(opcode, Array(text.utf8)) }

    init(opcode: UInt8, _ payload: [UInt8] = []) {
        self.opcode = opcode
        self.payload = payload
    }

    static func close(_ code: UInt16, _ reason: String = "") -> ClientFrame {
        ClientFrame(.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }

    func with(_ change: (inout ClientFrame) -> Void) -> ClientFrame {
        var copy = self
        change(&copy)
        return copy
    }

    /// The first of several frames, or one between the first and the last.
    var continued: ClientFrame { with { $0.isFinal = false } }
    var compressed: ClientFrame { with { $0.reservedBits = 0x40 } }

    var bytes: [UInt8] {
        let length = announced ?? UInt64(payload.count)
        let flag: UInt8 = mask == nil ? 0 : 0x80
        var bytes = [(isFinal ? 0x80 : 0) | reservedBits | opcode]
        switch lengthForm {
        case .shortest where length <= 125: bytes.append(flag | UInt8(length))
        case .shortest where length <= 0xFFFF, .medium: bytes += [flag | 126] + bigEndian(length, bytes: 2)
        default: bytes += [flag | 127] + bigEndian(length, bytes: 8)
        }
        guard let mask else { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    private func bigEndian(_ value: UInt64, bytes count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
}
