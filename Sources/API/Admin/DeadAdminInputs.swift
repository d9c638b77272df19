import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// Which letters, in a query.
struct DeadFilterInput: RouteInput {
    let filter: DeadLetterFilter
    init(from input: inout InputReader) { filter = DeadLetterFilter(from: &input) }
}

struct DeadListInput: RouteInput {
    let filter: DeadLetterFilter
    let page: PageRequest

    init(from input: inout InputReader) {
        filter = DeadLetterFilter(from: &input)
        page = input.page()
    }
}

struct DeadGroupsInput: RouteInput {
    let filter: DeadLetterFilter
    let page: PageRequest

    init(from input: inout InputReader) {
        var filter = DeadLetterFilter()
        filter.queue = input.queryIfPresent("queue", .queueName)
        filter.kind = input.queryIfPresent("kind", .text(1...200))
        filter.errorType = input.queryIfPresent("errorType", .text(1...200))
        self.filter = filter
        page = input.page()
    }
}

extension DeadLetterFilter {
    fileprivate init(from input: inout InputReader) {
        self.init()
        queue = input.queryIfPresent("queue", .queueName)
        kind = input.queryIfPresent("kind", .text(1...200))
        errorType = input.queryIfPresent("errorType", .text(1...200))
        fingerprint = input.queryIfPresent("fingerprint", .fingerprint)
        key = input.queryIfPresent("key", .text(1...255))
        job = input.queryIfPresent("jobId", .id())
        text = input.queryIfPresent("text", .text(1...200).described("Words of the last error."))
        diedFrom = input.queryIfPresent("diedFrom", .timestamp)
        diedBefore = input.queryIfPresent("diedBefore", .timestamp)
        includesRetried = input.query(
            "includeRetried", .bool.described("Also those that were retried."), default: false)
    }

    /// Nothing in it that leaves any out.
    var isOfAll: Bool {
        queue == nil && kind == nil && errorType == nil && fingerprint == nil && key == nil && job == nil
            && text == nil && diedFrom == nil && diedBefore == nil
    }
}

/// Which letters, in a body.
struct LetterFilterInput: RouteInput {
    let filter: DeadLetterFilter

    init(from input: inout InputReader) {
        var filter = DeadLetterFilter()
        filter.queue = input.readIfPresent("queue", .queueName)
        filter.kind = input.readIfPresent("kind", .text(1...200))
        filter.errorType = input.readIfPresent("errorType", .text(1...200))
        filter.fingerprint = input.readIfPresent("fingerprint", .fingerprint)
        filter.key = input.readIfPresent("key", .text(1...255))
        filter.job = input.readIfPresent("jobId", .id())
        filter.text = input.readIfPresent("text", .text(1...200))
        filter.diedFrom = input.readIfPresent("diedFrom", .timestamp)
        filter.diedBefore = input.readIfPresent("diedBefore", .timestamp)
        self.filter = filter
    }
}

struct LetterOperationInput: RouteInput {
    let action: LetterOperation.Action
    let filter: LetterFilterInput
    let isAll: Bool
    let perSecond: Int?

    init(from input: inout InputReader) {
        action = input.read("action", .choice())
        filter = input.read("filter", .object())
        isAll = input.read("all", .bool.described("Without a filter: all of them."), default: false)
        perSecond = input.readIfPresent(
            "perSecond", .integer(1...10_000).described("Letters a second; without it as fast as it goes."))
    }
}

struct LetterPath: RouteInput {
    let id: Int64
    init(from input: inout InputReader) { id = input.path("id", .integer(1...Int64.max)) }
}

struct LetterOperationPath: RouteInput {
    let id: LetterOperation.Identity
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

extension Schema where Value == String {
    fileprivate static var fingerprint: Schema { .text(16...16, of: .hexadecimal) }
}

extension Alphabet {
    fileprivate static let hexadecimal = Alphabet("0"..."9", "a"..."f", description: "hexadecimal digits")
}
