/// The word that somebody may have meant.
enum Suggestion {
    static func nearest(to word: String, among known: [String]) -> String? {
        let begun = known.filter { $0.hasPrefix(word) && word.count > 1 }
        if Set(begun).count == 1 { return begun[0] }
        let rated = known.map { (name: $0, distance: distance(word, $0)) }
        guard let best = rated.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, word.count / 3) ? best.name : nil
    }

    /// How many letters are missing, wrong, too many, or exchanged with their neighbour.
    static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one), other = Array(other)
        var before: [Int] = []
        var last = Array(0...other.count)
        for row in one.indices {
            var next = [row + 1]
            for column in other.indices {
                let change = last[column] + (one[row] == other[column] ? 0 : 1)
                var cost = min(change, last[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    cost = min(cost, before[column - 1] + 1)
                }
                next.append(cost)
            }
            before = last
            last = next
        }
        return last[other.count]
    }
}
