/// One document that a parser must take (`y_`), refuse (`n_`), or may treat as it likes (`i_`, where ours is stated).
/// In `text`, ‹E9 80› stands for those bytes. The names are those of the well-known suite, the documents our own.
struct SuiteCase: Sendable, CustomStringConvertible {
    let name: String
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    var description: String { name }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "‹"), let close = rest[open...].firstIndex(of: "›") {
            bytes += rest[..<open].utf8
            bytes += rest[rest.index(after: open)..<close].split(separator: " ").compactMap { UInt8($0, radix: 16) }
            rest = rest[rest.index(after: close)...]
        }
        return bytes + rest.utf8
    }
}
