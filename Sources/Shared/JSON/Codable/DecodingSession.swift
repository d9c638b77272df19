/// One value being taken apart by Codable: all of it has been checked and listed, and members are found in any order.
///
/// A type is first read as Codable means it: whatever is wrong is thrown at once, and a type may catch that and try
/// something else. Only if it fails it is read again to collect: then problems are noted and a stand-in handed on
/// (0, "", the first case of an enum), so that the type goes on asking; its result is thrown away.
final class DecodingSession {
    /// Stands for a value that is not there: its members are missing too, and nobody is told again.
    static let nowhere = -1

    let entries: [ValueList.Entry]
    /// Behind a pointer, as the next, because run-time checks of exclusive access to a class's variables would cost
    /// more than the reading. Nothing here calls out while it uses either.
    let reader: UnsafeMutablePointer<JSONReader>
    /// For each object the member last asked for: most types ask in the order of the document.
    let recent: UnsafeMutablePointer<UInt32>
    private(set) var isCollecting = false
    private var standInDepth = 0

    init(_ list: ValueList, _ reader: consuming JSONReader) {
        entries = list.entries
        self.reader = .allocate(capacity: 1)
        self.reader.initialize(to: reader)
        recent = .allocate(capacity: entries.count)
        for index in entries.indices { recent[index] = UInt32(index + 1) }
    }

    deinit {
        reader.deinitialize(count: 1)
        reader.deallocate()
        recent.deallocate()
    }

    /// Gives back what was noted. A decoder that someone kept finds no document any more: the bytes may be gone.
    func end() -> [JSONFault] {
        let faults = reader.pointee.faults
        reader.pointee = JSONReader(UnsafeRawBufferPointer(start: nil, count: 0))
        return faults
    }

    func kind(of index: Int) -> JSONKind { index == Self.nowhere ? .null : entries[index].kind }

    // MARK: Reading

    /// The whole value. Whatever is wrong with it has been noted when this throws.
    func root<T: Decodable>(_ type: T.Type) throws(JSONStop) -> T {
        defer { isCollecting = false }
        do {
            return try collected(type, at: 0)
        } catch {
            throw .unusable
        }
    }

    func value<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        if let value = try frequent(type, at: index) { return value }
        return isCollecting ? try collected(type, at: index) : try T(from: ValueDecoder(session: self, index: index))
    }

    /// The usual elements of arrays, without a container for each; nil for all other types.
    private func frequent<T: Decodable>(_ type: T.Type, at index: Int) throws -> T? {
        if type == String.self { return try scalar(String.self, at: index) as? T }
        if type == Int.self { return try scalar(Int.self, at: index) as? T }
        if type == [String].self { return try read(at: index, standIn: [String]()) as? T }
        if type == Double.self { return try scalar(Double.self, at: index) as? T }
        return nil
    }

    func scalar<T: CodableScalar>(_ type: T.Type, at index: Int) throws -> T {
        try read(at: index, standIn: T())
    }

    /// A value by its type's own conformance; `standIn` after a problem.
    func read<T: JSONReadable>(at index: Int, standIn: @autoclosure () -> T) throws -> T {
        guard index != Self.nowhere else { return standIn() }
        moveTo(index)
        let noted = reader.pointee.faults.count
        do throws(JSONStop) {
            return try T(json: &reader.pointee)
        } catch {
            guard isCollecting else { throw takeBack(from: noted, T.self) }
            try goOn()
            return standIn()
        }
    }

    func moveTo(_ index: Int) { reader.pointee.position = Int(entries[index].offset) }

    // MARK: Collecting

    private func collected<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        guard index != Self.nowhere else { return try standIn(for: type) }
        let decoder = ValueDecoder(session: self, index: index)
        let noted = reader.pointee.faults.count
        isCollecting = false
        do {
            let value = try T(from: decoder)
            isCollecting = true
            return value
        } catch {
            isCollecting = true
        }
        do {
            return try T(from: decoder)
        } catch {
            if reader.pointee.faults.count == noted { note(error, at: index) }
            try goOn()
            return try standIn(for: type)
        }
    }

    /// A value for a type to go on with after a problem.
    private func standIn<T: Decodable>(for type: T.Type) throws -> T {
        func first<C: CaseIterable>(of type: C.Type) -> Any? { C.allCases.first }
        if let cases = type as? any CaseIterable.Type, let value = first(of: cases) as? T { return value }
        guard standInDepth < reader.pointee.limits.depth else { throw JSONStop.unusable }
        standInDepth += 1
        defer { standInDepth -= 1 }
        return try T(from: ValueDecoder(session: self, index: Self.nowhere))
    }

    /// Ends the reading once there are problems enough.
    func goOn() throws(JSONStop) {
        if reader.pointee.faults.count >= reader.pointee.limits.problems { throw .unusable }
    }
}
