import HTTP
import Runtime

/// Takes a `multipart/form-data` body apart while it comes (RFC 7578). It holds no more of it than a delimiter's length.
struct MultipartReader {
    enum Event: Equatable {
        case part(MultipartHead)
        case bytes([UInt8])
        case end
    }

    /// A body that does not keep to the format.
    struct Malformed: Error {}

    private enum Place { case preamble, afterDelimiter, head, content, epilogue }

    private static let longestHead = 8 << 10
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    private let delimiter: [UInt8]
    /// As if a line had just ended, so that the first delimiter looks like all others.
    private var rest = MultipartReader.lineEnd
    private var place = Place.preamble

    /// Nil unless the header names a boundary.
    init?(contentType: String?) {
        guard let contentType, ContentType.isSame(contentType, "multipart/form-data"),
            let boundary = HeaderParameters(contentType)["boundary"], (1...70).contains(boundary.utf8.count)
        else { return nil }
        delimiter = Self.lineEnd + Array("--\(boundary)".utf8)
    }

    var isComplete: Bool { place == .epilogue }

    mutating func read(_ piece: [UInt8]) throws -> [Event] {
        rest += piece
        var events: [Event] = []
        while let event = try next() {
            if case .bytes(let bytes) = event, bytes.isEmpty { continue }
            events.append(event)
        }
        return events
    }

    /// Nil where more has to come.
    private mutating func next() throws -> Event? {
        while true {
            switch place {
            case .preamble:
                guard let found = find(delimiter) else {
                    rest.removeFirst(max(0, rest.count - delimiter.count))
                    return nil
                }
                rest.removeFirst(found + delimiter.count)
                place = .afterDelimiter
            case .afterDelimiter:
                guard rest.count >= 2 else { return nil }
                let mark = Array(rest.prefix(2))
                guard mark == Self.lineEnd || mark == Array("--".utf8) else { throw Malformed() }
                // The line's end stays: a head without fields is an empty line.
                place = mark == Self.lineEnd ? .head : .epilogue
                if place == .epilogue { return .end }
            case .head:
                guard let end = find(Self.lineEnd + Self.lineEnd) else {
                    guard rest.count <= Self.longestHead else { throw Malformed() }
                    return nil
                }
                let head = MultipartHead(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeFirst(end + 4)
                place = .content
                return .part(head)
            case .content: return content()
            case .epilogue:
                rest = []
                return nil
            }
        }
    }

    private mutating func content() -> Event? {
        if let end = find(delimiter) {
            let bytes = Array(rest[..<end])
            rest.removeFirst(end + delimiter.count)
            place = .afterDelimiter
            return .bytes(bytes)
        }
        let count = rest.count - delimiter.count
        guard count > 0 else { return nil }
        let bytes = Array(rest[..<count])
        rest.removeFirst(count)
        return .bytes(bytes)
    }

    private func find(_ wanted: [UInt8]) -> Int? {
        rest.withUnsafeBufferPointer { rest in
            wanted.withUnsafeBufferPointer { wanted in
                var start = 0
                while start + wanted.count <= rest.count {
                    guard let first = rest[start...].firstIndex(of: wanted[0]), first + wanted.count <= rest.count
                    else {
                        return nil
                    }
                    if rest[first..<first + wanted.count].elementsEqual(wanted) { return first }
                    start = first + 1
                }
                return nil
            }
        }
    }
}

/// What stands before the content of a part.
struct MultipartHead: Equatable {
    let name: String?
    /// Nil for what is no file.
    let fileName: String?

    init(_ text: String) {
        var disposition = ""
        for line in text.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-disposition" { disposition = String(parts[1]) }
        }
        let parameters = HeaderParameters(disposition)
        name = parameters["name"]
        fileName = parameters.fileName
    }
}

/// What stands behind the semicolons of a header.
struct HeaderParameters {
    private var values: [String: String] = [:]

    init(_ header: String) {
        var rest = header[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[semicolon...].dropFirst().drop { $0 == " " || $0 == "\t" }
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest[name.endIndex...]
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            values[name.lowercased()] = rest.first == "\"" ? Self.quoted(&rest) : Self.token(&rest)
        }
    }

    subscript(_ name: String) -> String? { values[name] }

    /// RFC 8187's form wins, as RFC 6266 wants it.
    var fileName: String? {
        if let extended = self["filename*"], extended.lowercased().hasPrefix("utf-8'"),
            let name = extended.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false).last?
                .percentDecoded
        {
            return name
        }
        return self["filename"]
    }

    private static func token(_ rest: inout Substring) -> String {
        let value = rest.prefix { $0 != ";" }
        rest = rest[value.endIndex...]
        return String(value.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    private static func quoted(_ rest: inout Substring) -> String {
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            // Browsers escape with %22; a backslash is one of a path that an old one sent, unless it stands before a quote.
            if character == "\\", rest.first == "\"", let next = rest.popFirst() {
                value.append(next)
            } else {
                value.append(character)
            }
        }
        return value
    }
}
