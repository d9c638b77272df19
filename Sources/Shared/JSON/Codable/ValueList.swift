/// All values of a document in one list, checked: a container is followed by what is in it.
struct ValueList {
    struct Entry {
        var offset: UInt32
        /// The entry behind this value and all inside it.
        var next: UInt32 = 0
        /// Elements or members.
        var count: UInt32 = 0
        var keyStart: UInt32 = 0
        var keyCount: UInt32 = 0
        var keyIsEscaped = false
        var kind: JSONKind
    }

    private(set) var entries: [Entry] = []

    /// Lists the reader's next value.
    init(_ reader: inout JSONReader) throws(JSONStop) {
        entries.reserveCapacity(16)
        try add(&reader, key: nil)
    }

    private mutating func add(_ reader: inout JSONReader, key: JSONReader.StringToken?) throws(JSONStop) {
        let kind = try reader.nextKind()
        let index = entries.count
        var entry = Entry(offset: UInt32(reader.position), kind: kind)
        if let key {
            entry.keyStart = UInt32(key.start)
            entry.keyCount = UInt32(key.count)
            entry.keyIsEscaped = key.isEscaped
        }
        entries.append(entry)
        switch kind {
        case .array: entries[index].count = try addElements(&reader)
        case .object: entries[index].count = try addMembers(&reader)
        default: try reader.skip()
        }
        entries[index].next = UInt32(entries.count)
    }

    private mutating func addElements(_ reader: inout JSONReader) throws(JSONStop) -> UInt32 {
        var count: UInt32 = 0
        var array = try reader.array()
        while try reader.nextElement(&array) {
            try add(&reader, key: nil)
            count += 1
        }
        return count
    }

    private mutating func addMembers(_ reader: inout JSONReader) throws(JSONStop) -> UInt32 {
        var count: UInt32 = 0
        var object = try reader.object()
        while let key = try reader.nextKeyToken(&object) {
            try add(&reader, key: key)
            count += 1
        }
        return count
    }
}
