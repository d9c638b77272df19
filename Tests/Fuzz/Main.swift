import CFuzzer

/// Hands the program to libFuzzer, which calls back with inputs that reach ever more of the parser.
@main
struct Main {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
            ParserProperties.check(UnsafeRawBufferPointer(start: bytes, count: count).bytes)
            return 0
        }
    }
}
