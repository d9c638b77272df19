extension DecodingSession {
    /// A container lacks what its type asks for.
    func missing(_ key: some CodingKey, in container: Int) throws {
        guard container != Self.nowhere else { return }
        guard isCollecting else { throw DecodingError.keyNotFound(key, Self.context("is missing")) }
        let offset = Int(entries[container].offset)
        reader.pointee.note(.missing, at: offset, below: [JSONPathElement(key)], "is missing")
        try goOn()
    }

    /// The container that a type wants, or a complaint about what is there instead.
    func require(_ kind: JSONKind, at index: Int, for type: Any.Type) throws {
        guard index != Self.nowhere, entries[index].kind != kind else { return }
        moveTo(index)
        let noted = reader.pointee.faults.count
        let stop = reader.pointee.mismatch(kind.phrase)
        throw isCollecting ? stop : takeBack(from: noted, type)
    }

    /// What the reader has noted since, as the error that Codable has for it.
    func takeBack(from noted: Int, _ type: Any.Type) -> any Error {
        let fault = reader.pointee.faults.last
        reader.pointee.faults.removeSubrange(noted...)
        let context = Self.context(fault?.message ?? "there is no document any more")
        return fault?.code == .wrongType
            ? DecodingError.typeMismatch(type, context) : DecodingError.dataCorrupted(context)
    }

    /// Without a path: to find one takes as long as reading the document, and it may be asked for once per element.
    private static func context(_ message: String) -> DecodingError.Context {
        DecodingError.Context(codingPath: [], debugDescription: message)
    }

    /// Notes what a type has thrown.
    func note(_ error: any Error, at index: Int) {
        let offset = Int(entries[index].offset)
        switch error as? DecodingError {
        case .keyNotFound(let key, _):
            reader.pointee.note(.missing, at: offset, below: [JSONPathElement(key)], "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            reader.pointee.note(.wrongType, at: offset, context.debugDescription)
        case .dataCorrupted(let context): reader.pointee.note(.invalid, at: offset, context.debugDescription)
        default: reader.pointee.note(.invalid, at: offset, "\(error)")
        }
    }
}
