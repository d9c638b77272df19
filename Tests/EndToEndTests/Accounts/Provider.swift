import HTTP
import JSON
import Runtime
import TestSupport
import Testing

/// A provider of sign-ins that signs real tokens, in the place of Google and of GitHub.
final class Provider: Sendable {
    private let process: TestProcess
    private let url: String

    init() async throws {
        process = try TestProcess("/usr/bin/python3", ["\(Repository.root)/Tests/ModelTests/Peers/oidc_peer.py"])
        let line = try await process.waitForLine(containing: "listening")
        url = "http://127.0.0.1:\(line.split(separator: " ").last ?? "")"
    }

    var variables: [String: String] {
        var variables = ["GITHUB_API_URL": "\(url)/GITHUB"]
        for name in ["GOOGLE", "GITHUB"] {
            variables["\(name)_CLIENT_ID"] = "client-1"
            variables["\(name)_CLIENT_SECRET"] = "secret-1"
            variables["\(name)_BASE_URL"] = "\(url)/\(name)"
        }
        return variables
    }

    /// What its next answers are to be.
    func set(_ settings: JSONValue, of name: String) async throws {
        let answer = try await Platform.http.send(
            HTTPRequest(.put, "\(url)/\(name)/control", body: .bytes(try JSONCoder.encode(settings))))
        #expect(answer.status == 200)
    }
}

/// A browser on its way to a provider and back.
struct Browser {
    let device: Device
    private(set) var cookie = ""

    init(_ device: Device) { self.device = device }

    /// Goes to the provider; answers where it sends the browser back to.
    mutating func leave(_ path: String) async throws -> String {
        let start = try await device.get(path)
        #expect(start.status == 302, "\(start)")
        let set = try #require(start.headers["Set-Cookie"])
        #expect(set.contains("HttpOnly") && set.contains("SameSite=Lax"))
        cookie = String(set.prefix { $0 != ";" })
        let there = try await Platform.http.send(HTTPRequest(.get, try #require(start.headers["Location"])))
        return try #require(there.headers["Location"], "\(there.status)")
    }

    /// The whole way.
    mutating func goThereAndBack(_ path: String) async throws -> Answer {
        let back = try await leave(path)
        return try await comeBack(back)
    }

    func comeBack(_ url: String) async throws -> Answer { try await device.get(url, ["Cookie": cookie]) }
}
