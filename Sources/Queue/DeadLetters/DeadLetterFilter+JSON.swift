import JSON
import Runtime

/// As it is kept with what is to be done with many letters.
extension DeadLetterFilter: JSONWritable, JSONReadable {
    package func write(json: inout JSONWriter) {
        json.object { json in
            json.member("queue", ifPresent: queue)
            json.member("kind", ifPresent: kind)
            json.member("errorType", ifPresent: errorType)
            json.member("fingerprint", ifPresent: fingerprint)
            json.member("key", ifPresent: key)
            json.member("jobId", ifPresent: job)
            json.member("text", ifPresent: text)
            json.member("diedFrom", ifPresent: diedFrom)
            json.member("diedBefore", ifPresent: diedBefore)
            if includesRetried { json.member("includesRetried", true) }
        }
    }

    package init(json: inout JSONReader) throws(JSONStop) {
        self.init()
        var object = try json.object()
        while let name = try json.nextKey(&object) {
            switch name {
            case "queue": try json.read(&queue)
            case "kind": try json.read(&kind)
            case "errorType": try json.read(&errorType)
            case "fingerprint": try json.read(&fingerprint)
            case "key": try json.read(&key)
            case "jobId": try json.read(&job)
            case "text": try json.read(&text)
            case "diedFrom": try json.read(&diedFrom)
            case "diedBefore": try json.read(&diedBefore)
            case "includesRetried": includesRetried = try json.bool()
            default: try json.skip()
            }
        }
    }
}
