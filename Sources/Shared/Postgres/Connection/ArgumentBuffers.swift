/// The arrays of pointers, lengths and formats that libpq wants, kept from one statement to the next.
struct ArgumentBuffers {
    private var values: [UnsafePointer<CChar>?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    mutating func withArguments<Result>(
        of statement: SQL,
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        values.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        return statement.values.bytes.withUnsafeBytes { bytes in
            for case .parameter(let parameter) in statement.pieces {
                let start = parameter.count < 0 ? nil : bytes.baseAddress.map { $0 + Int(parameter.offset) }
                values.append(start?.assumingMemoryBound(to: CChar.self))
                lengths.append(max(0, parameter.count))
                formats.append(parameter.isText ? 0 : 1)
            }
            return body(values, lengths, formats)
        }
    }
}
