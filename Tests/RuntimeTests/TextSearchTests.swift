import Runtime
import Testing

@Suite struct TextSearchTests {
    @Test(arguments: [
        ("", "", true), ("a", "", true), ("", "a", false), ("aab", "ab", true), ("aaab", "aab", true),
        ("abcabd", "abd", true), ("abcab", "abd", false), ("größer", "öß", true), ("größer", "oß", false),
        ("ab", "abc", false),
    ])
    func `text holds a part, or does not`(text: String, part: String, isThere: Bool) {
        #expect(text.contains(part) == isThere)
    }

    @Test(arguments: [
        ("a b c", " ", "-", "a-b-c"), ("aaa", "aa", "b", "ba"), ("", "a", "b", ""), ("abc", "", "x", "abc"),
        ("x\\ny\\n", "\\n", "\n", "x\ny\n"), ("ab", "ab", "abab", "abab"), ("äöä", "ä", "", "ö"),
    ])
    func `a part is replaced wherever it stands`(text: String, part: String, other: String, result: String) {
        #expect(text.replacing(part, with: other) == result)
    }

    @Test func `the first range is found in bytes`() {
        #expect([1, 2, 1, 2, 3].range(ofFirst: [1, 2, 3]) == 2..<5)
        #expect([1, 2].range(ofFirst: [2, 3]) == nil)
    }
}
