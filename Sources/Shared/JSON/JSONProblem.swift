/// One thing that is wrong with a document, and where.
public struct JSONProblem: Hashable, Sendable, CustomStringConvertible {
    /// Where: `user.addresses[3].zip`. Empty for the document as a whole.
    public let path: String
    public let code: Code
    /// For people: what was expected, what was found.
    public let message: String

    public init(path: String, code: Code, message: String) {
        self.path = path
        self.code = code
        self.message = message
    }

    /// The kinds of problem. Their names go over the wire and are never renamed.
    public enum Code: String, Sendable, CaseIterable {
        case syntax
        case invalidUTF8 = "invalid_utf8"
        case tooDeep = "too_deep"
        case tooLarge = "too_large"
        case duplicateKey = "duplicate_key"
        case wrongType = "wrong_type"
        case outOfRange = "out_of_range"
        case missing
        case invalid
        case badFormat = "bad_format"
        case tooShort = "too_short"
        case tooLong = "too_long"
        case tooFew = "too_few"
        case tooMany = "too_many"
        case notUnique = "not_unique"
        /// Not one of the values that there are.
        case unknownValue = "unknown_value"
        /// A name that nobody asked for, where that is not simply ignored.
        case unknownName = "unknown_name"

        /// Whether the document itself is broken, rather than not what was asked for.
        public var isMalformed: Bool {
            switch self {
            case .syntax, .invalidUTF8, .tooDeep, .tooLarge, .duplicateKey: true
            default: false
            }
        }
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// Why a document could not be read, or a value not be written: every problem found, in the document's order.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public let problems: [JSONProblem]

    public init(_ problems: [JSONProblem]) { self.problems = problems }

    /// The bytes are no acceptable JSON at all; otherwise they are, but not of the wanted shape.
    public var isMalformed: Bool { problems.contains { $0.code.isMalformed } }

    public var description: String { problems.map(\.description).joined(separator: "; ") }
}

/// What a reader accepts before it gives up.
public struct JSONLimits: Sendable {
    /// How many arrays and objects may lie in each other.
    public var depth: Int
    public var bytes: Int
    /// How many problems are collected before reading ends.
    public var problems: Int

    public init(depth: Int = 64, bytes: Int = 8 << 20, problems: Int = 32) {
        precondition(bytes < Int(UInt32.max), "offsets are kept in 32 bits")
        self.depth = depth
        self.bytes = bytes
        self.problems = problems
    }

    public static let standard = JSONLimits()
}

/// Reading cannot go on here. What is wrong is kept in the reader, which makes a `JSONError` of it at the end.
public enum JSONStop: Error {
    /// The document is broken: nothing behind this point can be trusted.
    case malformed
    /// The value is not what was asked for; reading may go on behind it.
    case unusable
}

/// A problem as noted while reading: its path is worked out only when someone asks.
struct JSONFault {
    /// The first byte of the value it is about.
    var offset: Int
    /// The way on from that value, when the problem is about something in it that has no place of its own.
    var below: [JSONPathElement] = []
    var code: JSONProblem.Code
    var message: String
}
