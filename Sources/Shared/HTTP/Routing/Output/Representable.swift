import JSON
import Runtime

/// A value that answers hold, and that says what its JSON looks like.
public protocol SchemaBearing: JSONWritable, Sendable {
    static var schema: JSONSchema { get }
}

/// A resource as clients see it. Its JSON is written from the same list of members that the document shows.
///
/// ```swift
/// extension Session: Representable {
///     package static let representation = Representation<Session>(
///         "Session",
///         [
///             .member("id") { $0.id },
///             .member("createdAt", "When somebody signed in.") { $0.createdAt },
///             .member("userAgent") { $0.userAgent },          // nil is null
///             .memberIfPresent("place") { $0.place },         // nil is left out
///         ])
/// }
/// ```
/// A type on a hot path may write itself (`write(json:)`); tests compare what it writes with the list all the same.
public protocol Representable: SchemaBearing, RouteOutput {
    static var representation: Representation<Self> { get }
}

/// The members of a resource. A class, because each answer asks for it: a value would be copied, and to copy one of a type that
/// is generic the runtime has to look it up.
public final class Representation<Value: Sendable>: Sendable {
    public struct Member: Sendable {
        let description: JSONSchema.Member
        let write: @Sendable (Value, inout JSONWriter) -> Void
    }

    public let name: String
    let text: String?
    let members: [Member]
    /// Writes all of them. One closure, because to walk over the list costs a look into the tables of the runtime each time.
    let write: @Sendable (Value, inout JSONWriter) -> Void

    /// `name` stands among the document's components: two resources must not share it.
    public init(_ name: String, _ text: String? = nil, _ members: [Member]) {
        self.name = name
        self.text = text
        self.members = members
        write = Self.chain(members[...])
        precondition(Set(members.map(\.description.name)).count == members.count, "\(name) names a member twice")
    }

    private static func chain(_ members: ArraySlice<Member>) -> @Sendable (Value, inout JSONWriter) -> Void {
        guard let first = members.first?.write else { return { _, _ in } }
        guard members.count > 1 else { return first }
        let rest = chain(members.dropFirst())
        return { value, json in
            first(value, &json)
            rest(value, &json)
        }
    }

    public var schema: JSONSchema {
        .named(name) { [text, members] in .object(members.map(\.description)).described(text) }
    }
}

extension Representation.Member {
    /// Always there; an optional value is null where there is none. `schema` is for what the type alone does not tell.
    @inlinable public static func member<Part: SchemaBearing>(
        _ name: StaticString, _ text: String? = nil, schema: JSONSchema? = nil,
        _ part: @escaping @Sendable (Value) -> Part
    ) -> Self {
        Self(name, (schema ?? Part.schema).described(text), isRequired: true) { value, json in
            json.member(name, part(value))
        }
    }

    /// Left out where there is no value.
    @inlinable public static func memberIfPresent<Part: SchemaBearing>(
        _ name: StaticString, _ text: String? = nil, schema: JSONSchema? = nil,
        _ part: @escaping @Sendable (Value) -> Part?
    ) -> Self {
        Self(name, (schema ?? Part.schema).described(text), isRequired: false) { value, json in
            json.member(name, ifPresent: part(value))
        }
    }

    @usableFromInline init(
        _ name: StaticString, _ schema: JSONSchema, isRequired: Bool,
        _ write: @escaping @Sendable (Value, inout JSONWriter) -> Void
    ) {
        description = JSONSchema.Member("\(name)", schema, isRequired: isRequired)
        self.write = write
    }
}

extension Representable {
    public static var schema: JSONSchema { representation.schema }

    public func write(json: inout JSONWriter) {
        json.beginObject()
        Self.representation.write(self, &json)
        json.endObject()
    }

    public static var answers: [DeclaredAnswer] { [.json(200, schema)] }

    public func answer() throws -> Response { try .json(200, self) }
}
