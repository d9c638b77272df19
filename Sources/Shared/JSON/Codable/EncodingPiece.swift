import Runtime

/// A stretch of the document being written. A container that may be written to later than its neighbours (nested
/// ones, `super`) is a piece of its own, put into its place when the value that asked for it is complete.
final class EncodingPiece {
    var writer = JSONWriter()
    /// The bracket that ends the container which the value now being encoded has opened.
    private var closing: UInt8?
    private var inserts: [(offset: Int, piece: EncodingPiece)] = []
    /// The piece this one goes into, and where.
    private let parent: (piece: EncodingPiece, offset: Int)?

    init() { parent = nil }

    private init(in parent: EncodingPiece) { self.parent = (parent, parent.writer.written.count) }

    /// Encodes one value, whole.
    func encode<T: Encodable>(_ value: T) throws {
        if try encodeFrequent(value) { return }
        let outer = closing
        let firstInsert = inserts.count
        let before = writer.out.count
        closing = nil
        defer { closing = outer }
        try value.encode(to: ValueEncoder(piece: self))
        complete(from: firstInsert, isEmpty: writer.out.count == before)
    }

    /// The usual elements of arrays, without a container for each; false for all other types.
    private func encodeFrequent<T: Encodable>(_ value: T) throws -> Bool {
        if T.self == String.self, let text = value as? String {
            try encode(scalar: text)
        } else if T.self == Int.self, let number = value as? Int {
            try encode(scalar: number)
        } else if T.self == [String].self, let texts = value as? [String] {
            writer.write(texts)
        } else if T.self == Double.self, let number = value as? Double {
            try encode(scalar: number)
        } else {
            return false
        }
        return true
    }

    func encode(scalar: some CodableScalar) throws {
        writer.write(scalar)
        guard let fault = writer.faults.popLast() else { return }
        throw EncodingFailure(path: path, message: fault.message)
    }

    /// Takes back what `body` has written if it throws, so that a type may catch that and write something else.
    func wholly(_ body: () throws -> Void) throws {
        let written = writer.out.count
        let neededComma = writer.needsComma
        let insertCount = inserts.count
        do {
            try body()
        } catch {
            writer.out.dropLast(writer.out.count - written)
            writer.needsComma = neededComma
            inserts.removeSubrange(insertCount...)
            throw error
        }
    }

    /// Opens the container of the value being encoded, or goes on with it where a superclass shares it.
    func open(_ kind: JSONKind) {
        let bracket = kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
        precondition(closing == nil || closing == bracket, "a value is either an object or an array")
        guard closing == nil else { return }
        closing = bracket
        if kind == .object { writer.beginObject() } else { writer.beginArray() }
    }

    /// A piece that will stand here.
    func insert() -> EncodingPiece {
        writer.comma()
        writer.needsComma = true
        let piece = EncodingPiece(in: self)
        inserts.append((writer.written.count, piece))
        return piece
    }

    /// Closes what the value has opened and puts the pieces made on the way into their places.
    private func complete(from firstInsert: Int, isEmpty: Bool) {
        if closing == nil, isEmpty, inserts.count == firstInsert { open(.object) }
        switch closing {
        case UInt8(ascii: "}"): writer.endObject()
        case UInt8(ascii: "]"): writer.endArray()
        default: break
        }
        if inserts.count > firstInsert { putInserts(from: firstInsert) }
    }

    private func putInserts(from first: Int) {
        let start = inserts[first].offset
        let tail = Array(writer.written[start...])
        writer.out.dropLast(tail.count)
        var position = start
        for insert in inserts[first...] {
            writer.out.append(tail[(position - start)..<(insert.offset - start)])
            position = insert.offset
            insert.piece.complete(from: 0, isEmpty: insert.piece.writer.out.isEmpty)
            writer.out.append(insert.piece.writer.written)
        }
        writer.out.append(tail[(position - start)...])
        inserts.removeSubrange(first...)
    }

    /// Where the next value will stand.
    var path: [JSONPathElement] { path(at: writer.written.count) }

    private func path(at offset: Int) -> [JSONPathElement] {
        var finder = JSONPathFinder(writer.written)
        finder.advance(to: offset)
        guard let parent else { return finder.elements }
        return parent.piece.path(at: parent.offset) + finder.elements
    }
}

/// A value that has no JSON, and where it stands.
struct EncodingFailure: Error {
    var path: [JSONPathElement]
    var message: String
}
