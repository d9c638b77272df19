/// A queue whose elements keep the number they got when they came, so that each can be reached while it waits.
struct NumberedRing<Element> {
    /// A power of two long, so that positions wrap by a mask.
    private var slots = ContiguousArray<Element?>(repeating: nil, count: 16)
    private var first = 0
    private var end = 0

    var count: Int { end - first }
    var isEmpty: Bool { end == first }
    /// The numbers of what is here, oldest first.
    var numbers: Range<Int> { first..<end }
    /// The number that the next element gets.
    var next: Int { end }

    mutating func append(_ element: Element) {
        if count == slots.count { grow() }
        slots[end & (slots.count - 1)] = element
        end += 1
    }

    mutating func popFirst() -> Element? {
        guard first < end else { return nil }
        let position = first & (slots.count - 1)
        first += 1
        return exchange(&slots[position], with: nil)
    }

    /// Setting a number that is not here does nothing.
    subscript(number: Int) -> Element? {
        get { numbers.contains(number) ? slots[number & (slots.count - 1)] : nil }
        set { if numbers.contains(number), let newValue { slots[number & (slots.count - 1)] = newValue } }
    }

    private mutating func grow() {
        var larger = ContiguousArray<Element?>(repeating: nil, count: slots.count * 2)
        for number in numbers { larger[number & (larger.count - 1)] = slots[number & (slots.count - 1)] }
        slots = larger
    }
}
