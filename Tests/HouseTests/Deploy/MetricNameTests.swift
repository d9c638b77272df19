import Foundation
import TestSupport
import Testing

/// Dashboards and alerts look at what the code shows, and at nothing else.
struct MetricNameTests {
    /// By name, whether it is a counter, a gauge, a histogram or computed.
    private static let exposed: [String: String] = {
        let files = FileManager.default.enumerator(atPath: "\(Repository.root)/Sources")
        var exposed: [String: String] = [:]
        for case let file as String in files ?? FileManager.DirectoryEnumerator() where file.hasSuffix(".swift") {
            let text = try? String(contentsOfFile: "\(Repository.root)/Sources/\(file)", encoding: .utf8)
            let lines = (text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            for index in lines.indices {
                guard let (kind, rest) = registration(in: lines[index]) else { continue }
                let next = rest.isEmpty && index + 1 < lines.count ? lines[index + 1].drop { $0 == " " } : rest
                guard next.first == "\"" else { continue }
                let name = next.dropFirst().prefix { $0 != "\"" }
                if name.contains("_") { exposed[String(name)] = kind }
            }
        }
        return exposed
    }()

    /// What kind a line registers, and what stands behind the bracket.
    private static func registration(in line: Substring) -> (kind: String, rest: Substring)? {
        for kind in ["counter", "gauge", "histogram", "computed"] {
            for call in ["\(kind)(", "\(kind)s("] {
                if let found = line.range(of: call) { return (kind, line[found.upperBound...]) }
            }
        }
        return nil
    }

    private var exposed: [String: String] { Self.exposed }

    @Test func `names follow the rules of Prometheus`() {
        #expect(exposed.count > 60)
        // Names that alerts of earlier systems use.
        let former: Set = ["unmatched_transactions_count"]
        for (name, kind) in exposed where !former.contains(name) {
            if kind == "counter" { #expect(name.hasSuffix("_total"), "\(name)") }
            if kind == "gauge" || kind == "histogram" { #expect(!name.hasSuffix("_total"), "\(name)") }
            #expect(!name.hasSuffix("_ms") && !name.hasSuffix("_milliseconds") && !name.hasSuffix("_kb"), "\(name)")
        }
    }

    @Test(arguments: ["deploy/prometheus/alerts.yml", "deploy/grafana/switchyard.json"])
    func `every metric that is looked at is one that a process shows`(path: String) throws {
        let text = try String(contentsOfFile: "\(Repository.root)/\(path)", encoding: .utf8)
        let names = try Self.expressions(in: text).flatMap(Self.metrics)
        #expect(names.count > 20)
        for name in Set(names) {
            let family = ["_bucket", "_count", "_sum"].first { name.hasSuffix($0) }
                .map { String(name.dropLast($0.count)) }
            let isKnown = exposed[name] != nil || family.map { exposed[$0] == "histogram" } == true
            #expect(isKnown, "\(path): \(name)")
        }
    }

    @Test func `every alert is told of in the guide that it names`() throws {
        let alerts = try String(contentsOfFile: "\(Repository.root)/deploy/prometheus/alerts.yml", encoding: .utf8)
        let guide = try String(
            contentsOfFile: "\(Repository.root)/docs/guides/three-in-the-morning.md", encoding: .utf8)
        let anchors = Set(
            guide.matches(of: /(?m)^##+ (.+)$/).map { heading in
                heading.1.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
                    .replacingOccurrences(of: " ", with: "-")
            })
        let named = alerts.matches(of: /runbook: docs\/guides\/three-in-the-morning\.md#(.+)/).map { String($0.1) }
        #expect(named.count == alerts.matches(of: /alert: [A-Z]/).count)
        #expect(Set(named).subtracting(anchors).sorted() == [])
    }

    // MARK: Reading

    private static func expressions(in text: String) throws -> [String] {
        if text.hasPrefix("{") {
            return text.matches(of: /"expr": "((?:[^"\\]|\\.)*)"/).map {
                String($0.1).replacingOccurrences(of: "\\\"", with: "\"")
            }
        }
        // A value on the line of its key, or folded below it.
        return text.matches(of: /(?m)expr: (?:>-\n((?:          .*\n)+)|(.*))/).map { String($0.1 ?? $0.2 ?? "") }
    }

    /// What is left of an expression without labels, groupings, texts and functions.
    private static func metrics(in expression: String) -> [String] {
        let bare = expression.replacing(/"[^"]*"/, with: "").replacing(/\{[^}]*\}/, with: "")
            .replacing(/\[[^\]]*\]/, with: "").replacing(/[ ](by|on|without|ignoring) *\([^)]*\)/, with: "")
        return bare.matches(of: /([a-z_]+[a-z0-9_]*)\s*(\(?)/).filter { $0.2.isEmpty }.map { String($0.1) }
            .filter { $0.contains("_") }
    }
}
