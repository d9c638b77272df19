/// The members of one object by name, for whoever reads them in an order of its own.
public struct JSONMembers {
    fileprivate let start: Int
    fileprivate var entries: [(key: JSONKey, place: JSONPlace)] = []

    fileprivate init(start: Int) {
        self.start = start
        entries.reserveCapacity(8)
    }

    public func contains(_ name: StaticString) -> Bool { entries.contains { $0.key == name } }
}

extension JSONReader {
    /// Passes over an object, checking it as strictly as if it were read, and answers where its members are.
    public mutating func members() throws(JSONStop) -> JSONMembers {
        var object = try object()
        var members = JSONMembers(start: object.start)
        while let key = try nextKey(&object) {
            members.entries.append((key, place()))
            try skip()
        }
        return members
    }

    /// Goes to the value of that name; false, without a move, where there is none.
    public mutating func move(to name: StaticString, in members: JSONMembers) -> Bool {
        for entry in members.entries where entry.key == name {
            move(to: entry.place)
            return true
        }
        return false
    }

    public mutating func move(to place: JSONPlace) {
        position = place.offset
        depth = place.depth
    }

    public mutating func noteMissing(_ name: StaticString, in members: JSONMembers) {
        note(.missing, at: members.start, below: [.key(name.description)], "is missing")
    }

    /// For what only shows when several members are seen together.
    public mutating func refuse(
        _ name: StaticString, in members: JSONMembers, _ code: JSONProblem.Code, _ message: String
    ) {
        if let entry = members.entries.first(where: { $0.key == name }) {
            note(code, at: entry.place.offset, message)
        } else {
            note(code, at: members.start, below: [.key(name.description)], message)
        }
    }

    /// As `invalid(at:_:)`, and says what kind of unfitness it is.
    @inline(never)
    public mutating func unfit(at place: JSONPlace, _ code: JSONProblem.Code, _ message: String) -> JSONStop {
        note(code, at: place.offset, message)
        return .unusable
    }

    public var problemCount: Int { faults.count }

    /// Whether anything was noted so far.
    public var hasProblems: Bool { !faults.isEmpty }
}
