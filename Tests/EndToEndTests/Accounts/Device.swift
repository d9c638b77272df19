import HTTP
import JSON
import Runtime
import Synchronization
import TestSupport
import Testing

/// A device at an address that no other has, and what it was signed in with.
struct Device: Sendable {
    private static let number = Atomic<Int>(0)

    let platform: Platform
    let address: String
    var accessToken: String?
    var refreshToken: String?

    init(_ platform: Platform, address: String? = nil) {
        self.platform = platform
        let own = Self.number.wrappingAdd(1, ordering: .relaxed).newValue
        self.address = address ?? "10.\(own / 256 % 256).\(own % 256).7"
    }

    /// The same device with the tokens of an answer.
    func signedIn(by answer: Answer) throws -> Device {
        let access: String = try #require(answer["accessToken"].string, "\(answer)")
        let refresh: String = try #require(answer["refreshToken"].string, "\(answer)")
        var device = self
        (device.accessToken, device.refreshToken) = (access, refresh)
        return device
    }

    func get(_ path: String, _ headers: HTTPHeaders = [:]) async throws -> Answer {
        try await send(.get, path, nil, headers)
    }

    func post(_ path: String, _ body: JSONValue? = nil) async throws -> Answer { try await send(.post, path, body) }
    func put(_ path: String, _ body: JSONValue? = nil) async throws -> Answer { try await send(.put, path, body) }
    func patch(_ path: String, _ body: JSONValue) async throws -> Answer { try await send(.patch, path, body) }
    func delete(_ path: String, _ body: JSONValue? = nil) async throws -> Answer { try await send(.delete, path, body) }

    /// `path` is below `/api/v1`, or a whole address.
    func send(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue?, _ more: HTTPHeaders = [:]
    ) async throws -> Answer {
        var headers = more
        headers["X-Forwarded-For"] = address
        if let accessToken { headers["Authorization"] = "Bearer \(accessToken)" }
        if body != nil { headers["Content-Type"] = "application/json" }
        let url = path.hasPrefix("http") ? path : "\(platform.url)/api/v1\(path)"
        return Answer(
            try await Platform.http.send(
                HTTPRequest(
                    method, url, headers: headers, body: try body.map { .bytes(try JSONCoder.encode($0)) } ?? .none)))
    }
}

/// What was answered.
struct Answer: CustomStringConvertible {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]
    let json: JSONValue

    init(_ answer: HTTPAnswer) {
        status = answer.status
        headers = answer.headers
        bytes = answer.body
        json = (try? JSONCoder.decode(JSONValue.self, from: answer.body)) ?? .null
    }

    /// The member at a path of names and indices; null where there is none.
    subscript(_ path: any PathStep...) -> JSONValue {
        path.reduce(json) { $1.step(into: $0) ?? .null }
    }

    /// The status, and the code of a problem behind it.
    var outcome: String { json["code"]?.string.map { "\(status) \($0)" } ?? "\(status)" }

    var description: String { "\(status) \(String(decoding: bytes.prefix(500), as: UTF8.self))" }
}

/// A step on the way to a member.
protocol PathStep {
    func step(into value: JSONValue) -> JSONValue?
}

extension String: PathStep {
    func step(into value: JSONValue) -> JSONValue? { value[self] }
}

extension Int: PathStep {
    func step(into value: JSONValue) -> JSONValue? { value[self] }
}
