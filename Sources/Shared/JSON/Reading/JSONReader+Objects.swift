extension JSONReader {
    /// Enters an object. Then call `nextKey` until it is nil, and read or skip a value after each key.
    public mutating func object() throws(JSONStop) -> JSONObjectCursor {
        guard try peek() == UInt8(ascii: "{") else { throw mismatch("an object") }
        let cursor = JSONObjectCursor(start: position)
        try enter()
        return cursor
    }

    /// The next member's key; nil at the object's end.
    public mutating func nextKey(_ object: inout JSONObjectCursor) throws(JSONStop) -> JSONKey? {
        guard let token = try nextKeyToken(&object) else { return nil }
        guard token.isEscaped else { return JSONKey(slice(token.range)) }
        let decoded = UnsafeMutableRawBufferPointer.allocate(byteCount: token.count, alignment: 1)
        decodedKeys.append(decoded)
        let count = JSONText.decode(slice(token.range), into: decoded)
        return JSONKey(UnsafeRawBufferPointer(rebasing: decoded[..<count]))
    }

    mutating func nextKeyToken(_ object: inout JSONObjectCursor) throws(JSONStop) -> StringToken? {
        var byte = try peek()
        if byte == UInt8(ascii: "}") {
            position &+= 1
            depth &-= 1
            return nil
        }
        if !object.seen.isEmpty {
            guard byte == UInt8(ascii: ",") else { throw unexpected("',' or '}'") }
            position &+= 1
            byte = try peek()
        }
        guard byte == UInt8(ascii: "\"") else { throw unexpected("a key") }
        let token = try scanString()
        guard object.seen.insert(token, in: bytes) else {
            let message = "the key stands there twice (byte \(token.start - 1))"
            note(.duplicateKey, at: object.start, below: [.key(text(of: token))], message)
            throw .malformed
        }
        guard try peek() == UInt8(ascii: ":") else { throw unexpected("':'") }
        position &+= 1
        return token
    }

    /// Enters an array. Then call `nextElement` until it is false, and read or skip a value each time.
    public mutating func array() throws(JSONStop) -> JSONArrayCursor {
        guard try peek() == UInt8(ascii: "[") else { throw mismatch("an array") }
        try enter()
        return JSONArrayCursor()
    }

    public mutating func nextElement(_ array: inout JSONArrayCursor) throws(JSONStop) -> Bool {
        let byte = try peek()
        if byte == UInt8(ascii: "]") {
            position &+= 1
            depth &-= 1
            return false
        }
        if array.isBehindElement {
            guard byte == UInt8(ascii: ",") else { throw unexpected("',' or ']'") }
            position &+= 1
            if try peek() == UInt8(ascii: "]") { throw unexpected("a value") }
        }
        array.isBehindElement = true
        return true
    }

    /// Passes over a value of any kind, checking it as strictly as if it were read.
    public mutating func skip() throws(JSONStop) {
        switch try nextKind() {
        case .string: _ = try scanString()
        case .number: _ = try scanNumber()
        case .bool: _ = try bool()
        case .null: _ = try null()
        case .array:
            var array = try array()
            while try nextElement(&array) { try skip() }
        case .object:
            var object = try object()
            while try nextKeyToken(&object) != nil { try skip() }
        }
    }

    /// Checks the next value and answers its bytes as they stand: what is only passed on need not be taken apart.
    public mutating func raw() throws(JSONStop) -> UnsafeRawBufferPointer {
        skipSpace()
        let start = position
        try skip()
        return slice(start..<position)
    }
}

/// How far an object has been read.
public struct JSONObjectCursor {
    /// The opening brace.
    let start: Int
    var seen = SeenKeys()

    init(start: Int) { self.start = start }
}

/// How far an array has been read.
public struct JSONArrayCursor {
    var isBehindElement = false
}
