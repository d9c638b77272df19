/// What a caller wants done, and how.
struct Order: Sendable {
    enum Request: Sendable {
        /// Prepared once per connection, then only executed.
        case statement(SQL)
        /// The same for a `select`, which may go out together with others.
        case read(SQL)
        /// A command of our own, such as `commit`, without values.
        case command(String)
        /// Several statements in one text, outside the pipeline.
        case script(String)
        /// `copy … from stdin`: answered when the server waits for the rows.
        case copy(String)
    }

    let request: Request
    /// The lease it belongs to; nil for a statement by itself.
    var lease: UInt64?
    /// A command that goes out before the statement and shares its fate, so that `begin` costs no round trip of its own.
    var prelude: StaticString?
    /// How long it may take; nil for the default.
    var limit: Duration?
    /// Whether it is done even for a task that is cancelled: what tidies up.
    var evenCancelled = false

    init(
        _ request: Request, lease: UInt64? = nil, prelude: StaticString? = nil, within limit: Duration? = nil,
        evenCancelled: Bool = false
    ) {
        self.request = request
        self.lease = lease
        self.prelude = prelude
        self.limit = limit
        self.evenCancelled = evenCancelled
    }

    var statement: SQL? {
        switch request {
        case .statement(let statement), .read(let statement): statement
        case .command, .script, .copy: nil
        }
    }

    /// The text for an error.
    var text: String {
        switch request {
        case .statement(let statement), .read(let statement): statement.text
        case .command(let text), .script(let text), .copy(let text): text
        }
    }

    /// Whether it is done within the pipeline.
    var isPipelined: Bool {
        switch request {
        case .statement, .read, .command: true
        case .script, .copy: false
        }
    }

    /// Whether it may share a sync with others: a `select` by itself.
    var isShareable: Bool {
        guard lease == nil, prelude == nil, case .read(let statement) = request else { return false }
        return statement.isSelect
    }
}

extension SQL {
    /// Whether it begins with `select`. What it does is the server's to judge.
    fileprivate var isSelect: Bool {
        guard case .text(let text)? = pieces.first else { return false }
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var word = bytes.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.prefix(7).makeIterator()
        let select: StaticString = "select"
        for position in 0..<select.utf8CodeUnitCount where word.next() != select.utf8Start[position] { return false }
        return word.next().map { $0 <= UInt8(ascii: " ") } ?? true
    }
}
