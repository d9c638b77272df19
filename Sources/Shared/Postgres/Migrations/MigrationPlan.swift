/// What has still to be done, if what was done is sound. Knows no database.
struct MigrationPlan {
    /// A migration by what identifies it.
    struct Step: Hashable, Sendable {
        let module: String
        let number: Int
        let name: String
        let checksum: String

        var label: String {
            let digits = String(number)
            return "\(module) \(String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits)_\(name)"
        }
    }

    let pending: [Step]

    /// `toleratesNewer`: a program may meet a database that a newer one has migrated.
    init(known: [Step], applied: [Step], toleratesNewer: Bool) throws(MigrationError) {
        var problems: [String] = []
        for step in applied {
            let siblings = known.filter { $0.module == step.module }
            guard !siblings.isEmpty else { continue }
            if let same = siblings.first(where: { $0.number == step.number }) {
                if let problem = Self.difference(same, step) { problems.append(problem) }
            } else if !toleratesNewer || step.number < siblings.map(\.number).max() ?? 0 {
                problems.append("\(step.label) was applied, but this program does not have it")
            }
        }
        pending = known.filter { step in
            !applied.contains { $0.module == step.module && $0.number == step.number }
        }
        for step in pending {
            let later = applied.filter { $0.module == step.module && $0.number > step.number }
            if let later = later.min(by: { $0.number < $1.number }) {
                problems.append("\(step.label) comes before \(later.label), which was applied already")
            }
        }
        guard problems.isEmpty else { throw MigrationError(problems: problems) }
    }

    private static func difference(_ known: Step, _ applied: Step) -> String? {
        if known.name != applied.name { return "\(applied.label) was applied; here it is called \(known.label)" }
        return known.checksum == applied.checksum ? nil : "\(known.label) was changed after it was applied"
    }
}
