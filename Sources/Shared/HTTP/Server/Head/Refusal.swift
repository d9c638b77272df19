/// Why a request is not taken: the status, and a sentence for whoever looks at it. The connection ends with it.
///
/// Reading a body throws it when the body is malformed or too slow.
package struct Refusal: Error, Equatable {
    package let status: Int
    package let reason: StaticString

    init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    package static func == (left: Refusal, right: Refusal) -> Bool {
        left.status == right.status && "\(left.reason)" == "\(right.reason)"
    }
}
