/// Why a request is not taken: the status, and a sentence for whoever looks at it. The connection ends with it.
struct Refusal: Error, Equatable {
    let status: Int
    let reason: StaticString

    init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    static func == (left: Refusal, right: Refusal) -> Bool {
        left.status == right.status && "\(left.reason)" == "\(right.reason)"
    }
}
