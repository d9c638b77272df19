import JSON
import Runtime

/// Plain jobs of one kind, encoded one behind the other: nothing is kept of each but its bytes and its id.
struct EncodedJobs: Sendable {
    let group: PushBatch.Group
    let ids: [JobID]
    private let bytes: [UInt8]
    /// Where each ends.
    private let ends: [Int]

    fileprivate init(_ group: PushBatch.Group, _ ids: [JobID], _ bytes: [UInt8], _ ends: [Int]) {
        self.group = group
        self.ids = ids
        self.bytes = bytes
        self.ends = ends
    }

    func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { bytes in
            var start = 0
            for end in ends {
                body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
        }
    }
}

extension JobEncoder {
    /// Encodes jobs that need nothing but to be pushed onto a list. Nil when they need more: then each is prepared alone.
    func encodeInBulk<J: Job>(_ jobs: ArraySlice<J>, _ options: JobOptions) throws -> EncodedJobs? {
        guard sealing == nil, J.queue.style == .plain, options.unique == nil, options.runAt == nil, !options.isTracked
        else { return nil }
        // All but the ids and payloads is the same for all of them.
        let sample = try prepare(
            kind: J.kind, schemaVersion: J.schemaVersion, queue: J.queue, priority: options.priority ?? J.priority,
            payload: [], options)
        let first = jobs.startIndex
        return try Self.encode(jobs.count, like: sample) { place, buffer in
            try JSONCoder.encode(jobs[first + place], to: &buffer)
        }
    }

    /// Apart from the above because that one is generic, and so, from outside of the module, not specialised.
    private static func encode(
        _ count: Int, like sample: PreparedJob, _ payload: (Int, inout ByteBuffer) throws -> Void
    ) throws -> EncodedJobs? {
        let behindID = sample.envelope.encoded[17...]
        let ids = UUID.v7(count: count)
        var ends: [Int] = []
        ends.reserveCapacity(count)
        var buffer = ByteBuffer(capacity: count * (behindID.count + 128))
        for place in ids.indices {
            buffer.append(byte: Envelope.version)
            buffer.append(bigEndian: ids[place].high)
            buffer.append(bigEndian: ids[place].low)
            buffer.append(behindID)
            let start = buffer.count
            try payload(place, &buffer)
            guard buffer.count - start <= PayloadStore.largestInline else { return nil }
            ends.append(buffer.count)
        }
        return EncodedJobs(PushBatch.Group(sample, .enqueued), ids.map { JobID($0) }, buffer.toArray(), ends)
    }
}
