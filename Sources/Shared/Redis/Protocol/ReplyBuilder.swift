import CHiredis
import Runtime

/// Builds one answer from what hiredis parses, with a fixed number of allocations however many elements it has.
///
/// To hiredis an object is an opaque pointer. Ours are numbers: the index, plus one, of an array's first element. The
/// elements of an array get their places as soon as its length is known, so each is found by its index.
final class ReplyBuilder {
    /// More elements than this in one answer are refused: the length comes first and could claim any amount of memory.
    static let elementLimit = 1 << 22

    /// Where hiredis is. It is not copied: what most answers are costs less than that.
    fileprivate typealias ReadTask = UnsafePointer<redisReadTask>

    private var root = RedisValue.null
    private var nodes: [ReplyNode] = []
    private var bytes = ByteBuffer()

    /// The finished answer; the builder is empty again.
    func finish() -> RedisValue {
        defer { root = .null }
        guard case .array(let shape) = root, !shape.isEmpty else { return root }
        let storage = ReplyStorage(bytes: exchange(&bytes, with: ByteBuffer()), nodes: exchange(&nodes, with: []))
        return .array(RedisArray(storage, first: 0, count: shape.count))
    }

    fileprivate func string(_ task: ReadTask, _ text: UnsafeRawBufferPointer) -> Bool {
        if task.pointee.parent == nil {
            root = rootString(task.pointee.type, text)
            return true
        }
        guard bytes.count + text.count <= UInt32.max else { return false }
        let node = ReplyNode(kind: kind(task.pointee.type), count: UInt32(text.count), payload: bytes.count)
        bytes.append(text)
        return place(node, task)
    }

    /// Answers the index of the first element, or nil to refuse.
    fileprivate func array(_ task: ReadTask, _ count: Int) -> Int? {
        let first = nodes.count
        guard count >= 0, first + count <= Self.elementLimit else { return nil }
        if task.pointee.parent == nil {
            // Only the count matters here; `finish` puts the storage in.
            root = .array(RedisArray(.empty, first: 0, count: count))
        } else if !place(ReplyNode(kind: .array, count: UInt32(count), payload: first), task) {
            return nil
        }
        nodes.append(contentsOf: repeatElement(ReplyNode(), count: count))
        return first
    }

    fileprivate func integer(_ task: ReadTask, _ value: Int) -> Bool {
        if task.pointee.parent == nil {
            root = .integer(value)
            return true
        }
        return place(ReplyNode(kind: .integer, payload: value), task)
    }

    fileprivate func null(_ task: ReadTask) -> Bool {
        if task.pointee.parent == nil {
            root = .null
            return true
        }
        return place(ReplyNode(), task)
    }

    /// Refuses an element that its array has no place for: a length over 32 bits reaches us cut short.
    private func place(_ node: ReplyNode, _ task: ReadTask) -> Bool {
        guard let parent = task.pointee.parent, let first = parent.pointee.obj.map({ Int(bitPattern: $0) - 1 }) else {
            return false
        }
        let index = first + Int(task.pointee.idx)
        guard task.pointee.idx >= 0, task.pointee.idx < parent.pointee.elements, index < nodes.count else {
            return false
        }
        nodes[index] = node
        return true
    }

    private func kind(_ type: Int32) -> ReplyNode.Kind {
        switch type {
        case REDIS_REPLY_STATUS: .status
        case REDIS_REPLY_ERROR: .error
        default: .bulk
        }
    }

    private func rootString(_ type: Int32, _ text: UnsafeRawBufferPointer) -> RedisValue {
        switch type {
        case REDIS_REPLY_STATUS: .status(CommonStatus.bytes(of: text))
        case REDIS_REPLY_ERROR: .error(RedisBytes(text))
        default: .bulk(RedisBytes(text))
        }
    }
}

/// The statuses that come all the time, made once.
private enum CommonStatus {
    static let ok: RedisBytes = "OK"
    static let pong: RedisBytes = "PONG"
    static let queued: RedisBytes = "QUEUED"

    static func bytes(of text: UnsafeRawBufferPointer) -> RedisBytes {
        let known: RedisBytes
        switch text.count {
        case 2: known = ok
        case 4: known = pong
        case 6: known = queued
        default: return RedisBytes(text)
        }
        return known.isEqual(to: text) ? known : RedisBytes(text)
    }
}

/// hiredis keeps the pointer for as long as a reader lives; written here once and never again, so sharing it is safe.
nonisolated(unsafe) let builderFunctions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    functions.initialize(
        to: redisReplyObjectFunctions(
            createString: { task, text, count in
                withBuilder(task) { $0.string($1, UnsafeRawBufferPointer(start: text, count: count)) ? 0 : nil }
            },
            createArray: { task, count in withBuilder(task) { $0.array($1, Int(count)) } },
            createInteger: { task, value in withBuilder(task) { $0.integer($1, Int(value)) ? 0 : nil } },
            createNil: { task in withBuilder(task) { $0.null($1) ? 0 : nil } },
            freeObject: { _ in }))
    return functions
}()

/// Makes the number that `body` answers into an object for hiredis; nil makes hiredis give up.
private func withBuilder(
    _ task: UnsafePointer<redisReadTask>?, _ body: (ReplyBuilder, UnsafePointer<redisReadTask>) -> Int?
) -> UnsafeMutableRawPointer? {
    guard let task, let context = task.pointee.privdata else { return nil }
    return Unmanaged<ReplyBuilder>.fromOpaque(context)._withUnsafeGuaranteedRef { builder in
        body(builder, task).flatMap { UnsafeMutableRawPointer(bitPattern: $0 + 1) }
    }
}
