import Runtime

/// What `call("SET", key, value)` takes as an argument.
package protocol RedisArgument: Sendable {
    func write(to writer: inout CommandWriter)
}

extension String: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Substring: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension StaticString: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension RedisBytes: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Int: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Int64: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension UInt64: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

extension Double: RedisArgument {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}

/// Bytes are one argument. A list of arguments is written with the form of `call` that takes a closure.
extension Array: RedisArgument where Element == UInt8 {
    package func write(to writer: inout CommandWriter) { writer.append(self) }
}
