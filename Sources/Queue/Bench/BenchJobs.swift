import JSON
import Queue
import Runtime

/// Does nothing: what is measured is everything around it.
package struct NoOp: Job {
    package static let kind = "bench.noop"
    package static let queue = QueueName("bench")
    package let number: Int
    package let sent: Int
    package let filler: String

    package init(number: Int, sent: Int = 0) {
        self.number = number
        self.sent = sent
        filler = Self.filler
    }

    private static let filler = String(repeating: "x", count: 64)
}

extension NoOp: JSONReadable, JSONWritable {
    package init(json: inout JSONReader) throws(JSONStop) {
        var number: Int?
        var sent: Int?
        var filler: String?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "number": try json.read(&number)
            case "sent": try json.read(&sent)
            case "filler": try json.read(&filler)
            default: try json.skip()
            }
        }
        guard let number, let sent, let filler else {
            throw json.missing(object, ["number": number, "sent": sent, "filler": filler])
        }
        self.number = number
        self.sent = sent
        self.filler = filler
    }

    package func write(json: inout JSONWriter) {
        json.object { json in
            json.member("number", number)
            json.member("sent", sent)
            json.member("filler", filler)
        }
    }
}
