extension JSONReader {
    /// The next value. A problem with it is thrown.
    @inlinable public mutating func read<T: JSONReadable>(_ type: T.Type = T.self) throws(JSONStop) -> T {
        try T(json: &self)
    }

    /// Reads the next value into `member`. If it is unusable, that is noted, `member` stays nil and reading goes on.
    @inlinable public mutating func read<T: JSONReadable>(_ member: inout T?) throws(JSONStop) {
        let place = place()
        do throws(JSONStop) {
            member = try T(json: &self)
        } catch {
            try recover(from: error, at: place)
        }
    }

    /// As `read`, where null stands for nothing.
    @inlinable public mutating func readIfPresent<T: JSONReadable>(_ member: inout T?) throws(JSONStop) {
        if try null() {
            member = nil
        } else {
            try read(&member)
        }
    }

    /// What to throw when an object lacks members: notes all those of `members` that are nil.
    @inline(never)
    public mutating func missing(
        _ object: JSONObjectCursor, _ members: KeyValuePairs<StaticString, Any?>
    ) -> JSONStop {
        for (key, value) in members where value == nil {
            note(.missing, at: object.start, below: [.key(key.description)], "is missing")
        }
        return .unusable
    }
}
