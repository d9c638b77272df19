/// The number by which PostgreSQL knows a type (its OID).
public struct PostgresType: Hashable, Sendable {
    public let rawValue: UInt32

    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    public static var inferred: PostgresType { PostgresType(0) }
    public static var bool: PostgresType { PostgresType(16) }
    public static var bytea: PostgresType { PostgresType(17) }
    public static var char: PostgresType { PostgresType(18) }
    public static var name: PostgresType { PostgresType(19) }
    public static var int8: PostgresType { PostgresType(20) }
    public static var int2: PostgresType { PostgresType(21) }
    public static var int4: PostgresType { PostgresType(23) }
    public static var text: PostgresType { PostgresType(25) }
    public static var oid: PostgresType { PostgresType(26) }
    public static var json: PostgresType { PostgresType(114) }
    public static var xml: PostgresType { PostgresType(142) }
    public static var float4: PostgresType { PostgresType(700) }
    public static var float8: PostgresType { PostgresType(701) }
    public static var unknown: PostgresType { PostgresType(705) }
    public static var bpchar: PostgresType { PostgresType(1042) }
    public static var varchar: PostgresType { PostgresType(1043) }
    public static var date: PostgresType { PostgresType(1082) }
    public static var timestamp: PostgresType { PostgresType(1114) }
    public static var timestamptz: PostgresType { PostgresType(1184) }
    public static var interval: PostgresType { PostgresType(1186) }
    public static var numeric: PostgresType { PostgresType(1700) }
    public static var void: PostgresType { PostgresType(2278) }
    public static var uuid: PostgresType { PostgresType(2950) }
    public static var jsonb: PostgresType { PostgresType(3802) }

    /// The array of this type; `.inferred` where there is none.
    public var arrayType: PostgresType { Self.known[self]?.array ?? .inferred }

    /// Enums, `citext` and the like; domains answer with the type they stand on.
    var isUserDefined: Bool { rawValue >= 16384 }

    private static let known: [PostgresType: (name: StaticString, array: PostgresType)] = [
        .bool: ("bool", PostgresType(1000)), .bytea: ("bytea", PostgresType(1001)),
        .char: ("\"char\"", PostgresType(1002)), .name: ("name", PostgresType(1003)),
        .int2: ("int2", PostgresType(1005)), .int4: ("int4", PostgresType(1007)),
        .text: ("text", PostgresType(1009)), .bpchar: ("char", PostgresType(1014)),
        .varchar: ("varchar", PostgresType(1015)), .int8: ("int8", PostgresType(1016)),
        .float4: ("float4", PostgresType(1021)), .float8: ("float8", PostgresType(1022)),
        .oid: ("oid", PostgresType(1028)), .timestamp: ("timestamp", PostgresType(1115)),
        .date: ("date", PostgresType(1182)), .timestamptz: ("timestamptz", PostgresType(1185)),
        .interval: ("interval", PostgresType(1187)), .numeric: ("numeric", PostgresType(1231)),
        .xml: ("xml", PostgresType(143)), .json: ("json", PostgresType(199)),
        .uuid: ("uuid", PostgresType(2951)), .jsonb: ("jsonb", PostgresType(3807)),
        .void: ("void", .inferred), .unknown: ("unknown", .inferred),
    ]

    private static let elements = Dictionary(
        known.compactMap { type, facts in facts.array == .inferred ? nil : (facts.array, type) },
        uniquingKeysWith: { first, _ in first })
}

extension PostgresType: CustomStringConvertible {
    /// The type's name in SQL; the number of a type that only this database knows.
    public var description: String {
        if let facts = Self.known[self] { return facts.name.description }
        if let element = Self.elements[self] { return "\(element)[]" }
        return "type \(rawValue)"
    }
}
