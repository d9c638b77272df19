import HTTP
import Model
import Runtime

extension RequestBody {
    /// So much is gathered before a thread is asked to write it.
    private static var portion: Int { 256 << 10 }

    /// Hands all of it to `take`, in larger portions than it comes in. The client is held back meanwhile.
    nonisolated(nonsending) func forEachPortion(
        upTo limit: Int, _ take: nonisolated(nonsending) ([UInt8]) async throws -> Void
    ) async throws {
        self.limit = limit
        var gathered: [UInt8] = []
        while let piece = try await next(gathered) {
            gathered += piece
            guard gathered.count >= Self.portion else { continue }
            let portion = gathered
            gathered = []
            try await take(portion)
        }
        if !gathered.isEmpty { try await take(gathered) }
    }

    /// What was gathered is not lost when the rest does not come.
    private nonisolated(nonsending) func next(_ gathered: [UInt8]) async throws -> [UInt8]? {
        do { return try await next() } catch let error as BodyTooLarge { throw error } catch {
            throw BrokenOff(rest: gathered, cause: error)
        }
    }
}

/// A body that does not come any more, with what came last.
struct BrokenOff: Error {
    let rest: [UInt8]
    let cause: any Error
}
