/// Much work in small pieces, each by itself, so that nobody waits for it long.
enum Pieces {
    static let size = 1000

    /// Until a piece is not full; answers how many it were in all.
    static func all(_ piece: () async throws -> Int) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let count = try await piece()
            total += count
            if count < size { return total }
        }
    }
}
