extension JSONReader {
    mutating func note(
        _ code: JSONProblem.Code, at offset: Int, below: [JSONPathElement] = [], _ message: String
    ) {
        faults.append(JSONFault(offset: offset, below: below, code: code, message: message))
    }

    /// The document is broken at `offset`.
    @inline(never)
    mutating func malformed(_ code: JSONProblem.Code, at offset: Int, _ message: String) -> JSONStop {
        if !faults.contains(where: \.code.isMalformed) { note(code, at: offset, "\(message) (byte \(offset))") }
        return .malformed
    }

    /// What stands at `position` cannot stand there.
    @inline(never)
    mutating func unexpected(_ wanted: String) -> JSONStop {
        malformed(.syntax, at: position, "expected \(wanted), found \(describe(position))")
    }

    /// The value at `position` is of another kind than asked for.
    @inline(never)
    mutating func mismatch(_ wanted: String) -> JSONStop {
        guard position < end, let found = JSONKind(firstByte: base[position]) else { return unexpected("a value") }
        note(.wrongType, at: position, "expected \(wanted), found \(found.phrase)")
        return .unusable
    }

    private func describe(_ offset: Int) -> String {
        guard offset < end else { return "the end" }
        let byte = base[offset]
        return (0x21...0x7E).contains(byte)
            ? "'\(Unicode.Scalar(byte))'" : "byte 0x" + String(byte, radix: 16, uppercase: true)
    }

    /// For a value that was read and then found unfit, as a name that is empty: `throw json.invalid(at: start, "…")`.
    @inline(never)
    public mutating func invalid(at place: JSONPlace, _ message: String) -> JSONStop {
        note(.invalid, at: place.offset, message)
        return .unusable
    }

    /// Where the next value stands, to complain of it later.
    public mutating func place() -> JSONPlace {
        skipSpace()
        return JSONPlace(offset: position, depth: depth)
    }

    /// After a problem with the value at `place`: passes over the value, so that reading can go on behind it.
    public mutating func recover(from stop: JSONStop, at place: JSONPlace) throws(JSONStop) {
        guard stop == .unusable, faults.count < limits.problems else { throw stop }
        try passOver(place)
    }

    /// Moves behind the value at `place`, wherever in it reading has ended.
    mutating func passOver(_ place: JSONPlace) throws(JSONStop) {
        if position > place.offset, depth == place.depth { return }
        position = place.offset
        depth = place.depth
        try skip()
    }
}

/// A value's place in the document.
public struct JSONPlace {
    @usableFromInline let offset: Int
    @usableFromInline let depth: Int

    @usableFromInline init(offset: Int, depth: Int) {
        self.offset = offset
        self.depth = depth
    }
}
