/// Which methods a path has.
public struct MethodSet: OptionSet, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    mutating func insert(_ method: HTTPMethod) { insert(MethodSet(rawValue: 1 << UInt8(method.number))) }

    public func contains(_ method: HTTPMethod) -> Bool {
        contains(MethodSet(rawValue: 1 << UInt8(method.number)))
    }

    /// With what comes of itself: HEAD with GET, and OPTIONS.
    var completed: MethodSet {
        var all = self
        if contains(.get) { all.insert(.head) }
        all.insert(.options)
        return all
    }

    /// As the header `Allow` has it.
    public var description: String {
        HTTPMethod.allCases.filter { contains($0) }.map(\.rawValue).joined(separator: ", ")
    }
}

extension HTTPMethod {
    /// The place in a table of all methods.
    public var number: Int {
        switch self {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }
}
