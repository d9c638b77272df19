@testable import Runtime
import Testing

@Suite struct EnvironmentFileTests {
    static let lines: [(String, String)] = [
        ("A=1", "1"), ("  A = spaced  ", "spaced"), ("export A=exported", "exported"), ("A=", ""),
        ("A=bare # comment", "bare"), ("A=with#hash", "with#hash"), ("A=# only a comment", ""),
        ("A='single $x \\n # kept'", "single $x \\n # kept"), (#"A="tab\tline\nq\" \\ \$""#, "tab\tline\nq\" \\ $"),
        (#"A="unknown \x stays""#, #"unknown \x stays"#), ("A='quoted' # comment", "quoted"),
        ("A=one=two", "one=two"), ("A=first\nA=second", "second"), ("\u{FEFF}A=marked", "marked"),
        ("A=crlf\r\nB=2\r\n", "crlf"), ("# A=0\n\n\nA=after comments", "after comments"),
        ("A=\"-----BEGIN\nMII\n-----END\" # key", "-----BEGIN\nMII\n-----END"), ("A=naïve ünïcode", "naïve ünïcode"),
    ]

    @Test(arguments: lines) func `a value is read`(text: String, expected: String) {
        let file = EnvironmentFile(text)
        #expect(file.faults.isEmpty)
        #expect(file.entries["A"]?.value == expected)
    }

    @Test func `what is wrong is said with its line and the rest is read`() {
        let file = EnvironmentFile("A=1\nnonsense\n1B=2\nC='x' y\nD=4\nE=\"never closed\nF=6")
        #expect(file.faults.map(\.line) == [2, 3, 4, 6])
        #expect(file.entries["A"]?.value == "1")
        #expect(file.entries["D"] == .init(value: "4", line: 5))
    }

    @Test func `a fault is a complaint that names the line`() {
        let reader = ConfigReader(ConfigEnvironment([:], dotEnv: "A=1\nB"))
        #expect(reader.complaints.map(\.description) == [#".env line 2: there is no "=""#])
    }
}
