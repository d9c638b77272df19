import Runtime

/// Finds which route stands under a path and a method. Literals win over parameters, and where they lead nowhere,
/// parameters are tried; so `/users/me` and `/users/{id}/blocks` live together.
public struct Router: Sendable {
    public enum Match: Sendable {
        /// The route by its number, with the parameters of the path, decoded.
        case found(Int, [Substring])
        /// The path is known, and not with this method.
        case methodNotAllowed(MethodSet)
        /// `OPTIONS` where nobody declared an answer.
        case options(MethodSet)
        case notFound
        /// The path has an escape that is none, or is no text.
        case malformed
    }

    private var nodes = [RouterNode()]

    public init() {}

    /// `number` is what `match` will answer. A second one for the same method and path is a programmer's mistake.
    public mutating func add(_ method: HTTPMethod, _ pattern: RoutePattern, _ number: Int) {
        precondition(pattern.segments.count <= PathSegments.most, "\(pattern) has too many segments")
        var node = 0
        for segment in pattern.segments { node = child(of: node, segment) }
        precondition(nodes[node].routes[method.number] < 0, "\(method.rawValue) \(pattern) is declared twice")
        nodes[node].routes[method.number] = Int32(number)
        nodes[node].methods.insert(method)
    }

    public func match(_ method: HTTPMethod, _ path: String) -> Match {
        var path = path
        return path.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            guard let segments = PathSegments(bytes) else { return .notFound }
            return segments.areEncoded ? matchDecoded(method, segments) : match(method, segments)
        }
    }

    // MARK: Matching

    private func matchDecoded(_ method: HTTPMethod, _ segments: PathSegments) -> Match {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for index in 0..<segments.count {
            let segment = UnsafeRawBufferPointer(rebasing: segments.bytes[segments.range(index)])
            let start = bytes.count
            guard PercentDecoding.append(segment, to: &bytes),
                String(validating: bytes[start...], as: UTF8.self) != nil
            else { return .malformed }
            ranges.append(start..<bytes.count)
        }
        return bytes.withUnsafeBytes { match(method, PathSegments($0, ranges)) }
    }

    private func match(_ method: HTTPMethod, _ segments: PathSegments) -> Match {
        var walk = RouterWalk(segments: segments)
        guard let found = nodes.withUnsafeBufferPointer({ walk.find(in: $0) }) else { return .notFound }
        if let route = route(of: found, method) { return .found(route, walk.parameters) }
        let allowed = nodes[found].methods.completed
        return method == .options ? .options(allowed) : .methodNotAllowed(allowed)
    }

    /// Whoever may be asked with GET may be asked with HEAD.
    private func route(of node: Int, _ method: HTTPMethod) -> Int? {
        var route = nodes[node].routes[method.number]
        if route < 0, method == .head { route = nodes[node].routes[HTTPMethod.get.number] }
        return route < 0 ? nil : Int(route)
    }

    // MARK: Building

    private mutating func child(of parent: Int, _ segment: RoutePattern.Segment) -> Int {
        switch segment {
        case .literal(let text):
            let bytes = [UInt8](text.utf8)
            if let known = nodes[parent].literals.first(where: { $0.text == bytes }) { return known.node }
            nodes[parent].literals.append(RouterNode.Child(text: bytes, node: nodes.count))
        case .parameter(_, let suffix):
            let bytes = [UInt8](suffix.utf8)
            if let known = nodes[parent].parameters.first(where: { $0.text == bytes }) { return known.node }
            nodes[parent].parameters.append(RouterNode.Child(text: bytes, node: nodes.count))
            // The longest suffix says most.
            nodes[parent].parameters.sort { $0.text.count > $1.text.count }
        }
        nodes.append(RouterNode())
        return nodes.count - 1
    }
}

/// One segment of the tree.
struct RouterNode: Sendable {
    struct Child: Sendable {
        let text: [UInt8]
        let node: Int
    }

    var literals: [Child] = []
    /// By what has to stand behind the parameter.
    var parameters: [Child] = []
    /// By the method's number; -1 where there is none.
    var routes = InlineArray<8, Int32>(repeating: -1)
    var methods = MethodSet()
}

/// One search through the tree.
private struct RouterWalk {
    let segments: PathSegments
    private var captured = InlineArray<16, Range<Int>>(repeating: 0..<0)
    private var count = 0

    init(segments: PathSegments) { self.segments = segments }

    /// The node where all segments have led.
    mutating func find(in nodes: UnsafeBufferPointer<RouterNode>) -> Int? { find(in: nodes, from: 0, segment: 0) }

    private mutating func find(
        in nodes: UnsafeBufferPointer<RouterNode>, from node: Int, segment: Int
    ) -> Int? {
        guard segment < segments.count else { return nodes[node].methods.isEmpty ? nil : node }
        for child in nodes[node].literals where segments.matches(segment, child.text) {
            if let found = find(in: nodes, from: child.node, segment: segment + 1) { return found }
        }
        for child in nodes[node].parameters where segments.ends(segment, with: child.text) {
            let range = segments.range(segment)
            captured[count] = range.lowerBound..<range.upperBound - child.text.count
            count += 1
            if let found = find(in: nodes, from: child.node, segment: segment + 1) { return found }
            count -= 1
        }
        return nil
    }

    var parameters: [Substring] {
        if count == 0 { return [] }
        return (0..<count).map { index in
            Substring(decoding: UnsafeRawBufferPointer(rebasing: segments.bytes[captured[index]]), as: UTF8.self)
        }
    }
}
