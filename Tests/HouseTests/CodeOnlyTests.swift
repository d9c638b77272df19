import Testing

struct CodeOnlyTests {
    @Test(arguments: [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                    e"),
        ("f(\"x // y\") // z", "f(         )     "),
        ("f(\"\\\"\", g)", "f(    , g)"),
        ("f(#\"a \" b\"#, g)", "f(          , g)"),
        ("f(\"\"\"\n  a \" b\n  \"\"\") h", "f(   \n       \n     ) h"),
        ("#if os(Linux)", "#if os(Linux)"),
    ])
    func `comments and literals become blank, lines stay`(text: String, expected: String) {
        #expect(CodeOnly.of(text).count == text.count)
        #expect(CodeOnly.of(text).filter { $0 != " " } == expected.filter { $0 != " " })
    }
}
