/// The schemas of an input, in the order in which it asks for them. To make one costs more than to read with it, so they are
/// made once, when the input describes itself.
public struct InputPlan: Sendable {
    struct Entry: Sendable {
        let name: StaticString
        let schema: any AnyObject & Sendable
    }

    let schemas: [Entry]
    let hasBody: Bool

    static let none = InputPlan(schemas: [], hasBody: true)

    /// The schema at a place, if it is the one for that name: an input that does not always ask for the same has no plan.
    func schema<Value>(_ name: StaticString, at place: Int) -> Schema<Value>? {
        guard place < schemas.count, schemas[place].name.utf8Start == name.utf8Start else { return nil }
        return schemas[place].schema as? Schema<Value>
    }
}
