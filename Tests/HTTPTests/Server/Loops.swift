import Runtime

/// Two loops for all tests of this module.
enum Loops {
    static let group = LoopGroup(count: 2)
    /// Where one pool of connections is wanted: with one loop there is one.
    static let single = LoopGroup(count: 1)
}
