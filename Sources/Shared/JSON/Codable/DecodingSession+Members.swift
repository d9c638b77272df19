extension DecodingSession {
    /// The entry of the member of that name; nil where there is none.
    func member(_ name: String, of object: Int) -> Int? {
        guard object != Self.nowhere, entries[object].count > 0 else { return nil }
        var name = name
        return name.withUTF8 { find(UnsafeRawBufferPointer($0), in: object) }
    }

    private func find(_ name: UnsafeRawBufferPointer, in object: Int) -> Int? {
        let first = Int(recent[object])
        let end = Int(entries[object].next)
        var at = first
        repeat {
            if hasKey(entries[at], name) {
                recent[object] = UInt32(at)
                return at
            }
            at = Int(entries[at].next)
            if at == end { at = object + 1 }
        } while at != first
        return nil
    }

    private func hasKey(_ entry: ValueList.Entry, _ name: UnsafeRawBufferPointer) -> Bool {
        guard !entry.keyIsEscaped else { return key(of: entry).utf8.elementsEqual(name) }
        return Int(entry.keyCount) == name.count && sameBytes(keyBytes(of: entry), name)
    }

    private func keyBytes(of entry: ValueList.Entry) -> UnsafeRawBufferPointer {
        reader.pointee.slice(Int(entry.keyStart)..<Int(entry.keyStart + entry.keyCount))
    }

    private func key(of entry: ValueList.Entry) -> String { JSONText.decoded(keyBytes(of: entry)) }

    /// All keys. Whoever asks makes a dictionary of them, in which a composed and a decomposed accent are one key.
    func keys(of object: Int) -> [String] {
        guard object != Self.nowhere else { return [] }
        let end = Int(entries[object].next)
        let keys = sequence(first: object + 1) { Int(self.entries[$0].next) }
            .prefix { $0 < end }
            .map { key(of: entries[$0]) }
        if Set(keys).count < keys.count { noteCollision(in: object) }
        return keys
    }

    private func noteCollision(in object: Int) {
        let offset = Int(entries[object].offset)
        reader.pointee.note(.duplicateKey, at: offset, "two keys are the same text")
    }

    func codingPath(of index: Int) -> [any CodingKey] {
        guard index != Self.nowhere else { return [] }
        var finder = JSONPathFinder(reader.pointee.bytes)
        finder.advance(to: Int(entries[index].offset))
        return finder.elements.map(PathKey.init)
    }
}
