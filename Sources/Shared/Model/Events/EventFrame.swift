import JSON
import Runtime

/// What is written to a socket: `{"type":…,"data":…}`.
package struct EventFrame<Content: JSONWritable>: JSONWritable {
    let type: String
    let data: Content

    package init(_ type: String, _ data: Content) {
        self.type = type
        self.data = data
    }

    package func write(json: inout JSONWriter) {
        json.object { json in
            json.member("type", type)
            json.member("data", data)
        }
    }

    /// Nil for what cannot be written, such as a number that is none.
    package var bytes: [UInt8]? { try? JSONCoder.encode(self) }
}

/// Tells that a rev has passed of which the listener sees nothing.
package struct RevAdvanced: JSONWritable, Sendable {
    let conversation: ID<Conversation>
    let rev: Int64

    package init(_ conversation: ID<Conversation>, _ rev: Int64) {
        self.conversation = conversation
        self.rev = rev
    }

    package func write(json: inout JSONWriter) {
        json.object { json in
            json.member("conversationId", conversation)
            json.member("rev", rev)
        }
    }

    package var frame: [UInt8]? { EventFrame("rev.advanced", self).bytes }
}
