import Postgres
import Runtime

/// Which dead letters are meant.
package struct DeadLetterFilter: Sendable {
    package var queue: String?
    package var kind: String?
    package var errorType: String?
    package var fingerprint: String?
    package var key: String?
    package var job: JobID?
    /// Words that the last error has to contain.
    package var text: String?
    package var diedFrom: Timestamp?
    package var diedBefore: Timestamp?
    /// Also those that were retried.
    package var includesRetried = false

    package init() {}

    /// Only what is asked for stands in the statement, so that each combination gets a plan of its own.
    var condition: SQL {
        var condition: SQL = includesRetried ? "true" : "retried_at is null"
        if let queue { condition = "\(condition) and queue = \(queue)" }
        if let kind { condition = "\(condition) and kind = \(kind)" }
        if let errorType { condition = "\(condition) and error_type = \(errorType)" }
        if let fingerprint { condition = "\(condition) and fingerprint = \(fingerprint)" }
        if let key { condition = "\(condition) and job_key = \(key)" }
        if let job { condition = "\(condition) and job_id = \(job)" }
        if let words { condition = "\(condition) and \(words)" }
        if let diedFrom { condition = "\(condition) and died_at >= \(diedFrom)" }
        if let diedBefore { condition = "\(condition) and died_at < \(diedBefore)" }
        return condition
    }

    var words: SQL? { text.map { "words @@ plainto_tsquery('simple', \($0))" } }

    /// Whether whole groups are meant or not, so that their counts answer how many letters these are.
    package var isOfGroups: Bool {
        key == nil && job == nil && text == nil && diedFrom == nil && diedBefore == nil && !includesRetried
    }

    var groupCondition: SQL {
        var condition: SQL = "waiting > 0"
        if let queue { condition = "\(condition) and queue = \(queue)" }
        if let kind { condition = "\(condition) and kind = \(kind)" }
        if let errorType { condition = "\(condition) and error_type = \(errorType)" }
        if let fingerprint { condition = "\(condition) and fingerprint = \(fingerprint)" }
        return condition
    }
}
