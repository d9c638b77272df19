import Runtime

/// What `call("SET", key, value)` takes as an argument.
public protocol RedisArgument: Sendable {
    func write(to writer: inout CommandWriter)
}

extension String: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Substring: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension StaticString: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension RedisBytes: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Int: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Int64: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension UInt64: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Double: RedisArgument {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}

/// Bytes are one argument. A list of arguments is written with the form of `call` that takes a closure.
extension Array: RedisArgument where Element == UInt8 {
    public func write(to writer: inout CommandWriter) { writer.append(self) }
}
