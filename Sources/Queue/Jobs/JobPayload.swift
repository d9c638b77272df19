import JSON
import Runtime

/// How a job's own fields travel. Comes by itself for `Codable` types and for those with JSON conformances by hand.
package protocol JobPayload: Sendable {
    init(payload: UnsafeRawBufferPointer) throws
    func writePayload(to buffer: inout ByteBuffer) throws
}
