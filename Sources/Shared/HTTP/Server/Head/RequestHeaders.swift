import Runtime

/// The fields of a request as they came. A value becomes a `String` when it is asked for, not before.
public struct RequestHeaders {
    let head: RequestHead?

    init(_ head: RequestHead?) { self.head = head }

    /// As if they had come with a request.
    public init(_ headers: HTTPHeaders) {
        var bytes = ByteBuffer()
        var slices: [FieldSlice] = []
        for field in headers.fields {
            let start = bytes.count
            bytes.append(field.name)
            let middle = bytes.count
            bytes.append(field.value)
            slices.append(FieldSlice(name: start..<middle, value: middle..<bytes.count))
        }
        head = RequestHead.copying(slices, bytes.readable.bytes)
    }

    /// The first value of that name. Names are compared without regard to case.
    public subscript(name: String) -> String? {
        guard let head, let index = head.index(of: name) else { return nil }
        return head.text(head.field(index).value)
    }

    public func has(_ name: String) -> Bool { head?.index(of: name) != nil }

    public func all(_ name: String) -> [String] {
        guard let head else { return [] }
        var values: [String] = []
        var next = head.index(of: name)
        while let index = next {
            values.append(head.text(head.field(index).value))
            next = head.index(of: name, from: index + 1)
        }
        return values
    }

    /// All of them, in the order they came.
    public var fields: [HTTPHeaders.Field] {
        guard let head else { return [] }
        return (0..<head.count).map {
            HTTPHeaders.Field(name: head.text(head.field($0).name), value: head.text(head.field($0).value))
        }
    }
}
