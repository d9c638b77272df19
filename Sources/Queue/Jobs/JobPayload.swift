import JSON
import Runtime

/// How a job's own fields travel. Comes by itself for `Codable` types and for those with JSON conformances by hand.
package protocol JobPayload: Sendable {
    init(payload: UnsafeRawBufferPointer) throws
    func writePayload(to buffer: inout ByteBuffer) throws
}

extension JobPayload where Self: JSONReadable & JSONWritable {
    package init(payload: UnsafeRawBufferPointer) throws { self = try JSONCoder.decode(from: payload) }

    package func writePayload(to buffer: inout ByteBuffer) throws { try JSONCoder.encode(self, to: &buffer) }
}
