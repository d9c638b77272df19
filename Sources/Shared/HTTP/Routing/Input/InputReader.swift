import JSON

/// Reads the parts of a request with their schemas, gathering what is wrong; or, without a request, learns what is asked.
public struct InputReader: ~Copyable {
    /// The body, standing at the value that is to be read.
    public var json: JSONReader
    /// The members of the object in hand.
    private var members: JSONMembers?
    /// The path names nothing that there can be.
    var isNowhere = false
    /// Nil while describing.
    let source: InputSource?
    private var description: InputDescription
    /// Of what is not in the body.
    var problems: [JSONProblem] = []
    private var plan: InputPlan
    /// Which schema of the plan comes next.
    private var nextSchema = 0

    init(describing description: InputDescription) {
        json = JSONReader(UnsafeRawBufferPointer(start: nil, count: 0))
        source = nil
        plan = .none
        self.description = description
    }

    /// Without a body where the route has none, or may do without.
    init(_ source: InputSource, body: UnsafeRawBufferPointer?, _ plan: InputPlan) {
        json = JSONReader(body ?? Self.emptyObject, limits: JSONLimits(bytes: max(body?.count ?? 0, 2)))
        self.source = source
        description = InputDescription()
        self.plan = plan
        if plan.hasBody { enterBody() }
    }

    private static var emptyObject: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: ("{}" as StaticString).utf8Start, count: 2)
    }

    var isDescribing: Bool { source == nil }

    consuming func finishDescription() -> InputDescription { description }

    mutating func describe(_ parameter: InputDescription.Parameter) { description.add(parameter) }

    // MARK: Members of the body

    /// A member that has to be there.
    public mutating func read<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>) -> Value {
        let schema = planned(name, schema)
        if isDescribing { return describe(name, schema.document, isRequired: true, schema.placeholder()) }
        guard let members else { return schema.placeholder() }
        guard json.move(to: name, in: members) else {
            json.noteMissing(name, in: members)
            return schema.placeholder()
        }
        return taken(schema) ?? schema.placeholder()
    }

    /// A member that may be absent or null.
    public mutating func readIfPresent<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>)
        -> Value?
    {
        let schema = planned(name, schema)
        if isDescribing { return describe(name, schema.document.orNull, isRequired: false, nil) }
        guard move(to: name), !isNull() else { return nil }
        return taken(schema)
    }

    /// A member that may be absent, and then has a value of ours.
    public mutating func read<Value>(
        _ name: StaticString, _ schema: @autoclosure () -> Schema<Value>, default standard: Value
    ) -> Value {
        let schema = planned(name, schema)
        if isDescribing {
            var document = schema.document
            document.standard = standardText(of: standard)
            return describe(name, document, isRequired: false, standard)
        }
        guard move(to: name) else { return standard }
        return taken(schema) ?? standard
    }

    /// A member of a change: absent, null, or a new value.
    public mutating func readChange<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>) -> Change<
        Value
    > {
        let schema = planned(name, schema)
        if isDescribing { return describe(name, schema.document.orNull, isRequired: false, .keep) }
        guard move(to: name) else { return .keep }
        guard !isNull() else { return .clear }
        return taken(schema).map { .set($0) } ?? .keep
    }

    /// Whether the body has that member at all; for members that only go together.
    public func has(_ name: StaticString) -> Bool { members?.contains(name) ?? false }

    /// For what only shows when several members are seen together. Not asked when something is wrong already.
    public mutating func check(
        _ name: StaticString, _ code: JSONProblem.Code, _ message: String, _ condition: () -> Bool
    ) {
        guard let members, !json.hasProblems, problems.isEmpty, !condition() else { return }
        json.refuse(name, in: members, code, message)
    }

    // MARK: Steps

    /// The schema of this place: from the plan, or made now.
    mutating func planned<Value>(_ name: StaticString, _ make: () -> Schema<Value>) -> Schema<Value> {
        if isDescribing {
            let schema = make()
            description.add(InputPlan.Entry(name: name, schema: schema))
            return schema
        }
        defer { nextSchema += 1 }
        return plan.schema(name, at: nextSchema) ?? make()
    }

    private mutating func describe<Value>(
        _ name: StaticString, _ schema: JSONSchema, isRequired: Bool, _ value: Value
    ) -> Value {
        description.add(JSONSchema.Member("\(name)", schema, isRequired: isRequired))
        return value
    }

    private mutating func move(to name: StaticString) -> Bool {
        guard let members else { return false }
        return json.move(to: name, in: members)
    }

    private mutating func isNull() -> Bool {
        do throws(JSONStop) { return try json.null() } catch { return false }
    }

    /// Nil when the value is unfit, which is noted.
    private mutating func taken<Value>(_ schema: Schema<Value>) -> Value? {
        do throws(JSONStop) { return try schema.read(&self) } catch { return nil }
    }

    private mutating func enterBody() {
        let place = json.place()
        do throws(JSONStop) {
            members = try json.members()
            try json.finish()
        } catch {
            members = nil
            // The rest decides whether it is no JSON at all, or only no object.
            do throws(JSONStop) {
                try json.recover(from: error, at: place)
                try json.finish()
            } catch {}
        }
    }

    /// Throws all that is wrong; what matters more goes first.
    func verdict() throws(InputFault) {
        if let malformed = json.problems().first(where: \.code.isMalformed) { throw .malformed(malformed.message) }
        if isNowhere { throw .nowhere }
        guard problems.isEmpty, !json.hasProblems else { throw .unfit(problems + json.problems()) }
    }

    // MARK: Values within values

    /// An element of a list. One that is unfit is passed over, so that the others are looked at too.
    mutating func take<Value>(_ schema: Schema<Value>) throws(JSONStop) -> (value: Value, isSound: Bool) {
        let place = json.place()
        do throws(JSONStop) { return (try schema.read(&self), true) } catch {
            try json.recover(from: error, at: place)
            return (schema.placeholder(), false)
        }
    }

    /// An object where the reader stands. What is wrong in it was noted when this throws.
    mutating func object<Input: RouteInput>(_ type: Input.Type, _ innerPlan: InputPlan) throws(JSONStop) -> Input {
        let inner = try json.members()
        let end = json.place()
        let outer = (exchange(&members, with: inner), exchange(&plan, with: innerPlan), exchange(&nextSchema, with: 0))
        defer { (members, plan, nextSchema) = outer }
        let before = json.problemCount
        let value = Input(from: &self)
        json.move(to: end)
        if json.problemCount > before { throw .unusable }
        return value
    }

    func standardText<Value>(of value: Value) -> JSONValue? {
        switch value {
        case let value as any FixedWidthInteger: .number(Int64(clamping: value))
        case let value as Bool: .bool(value)
        case let value as String: .string(value)
        case let value as any RawRepresentable: (value.rawValue as? String).map { .string($0) }
        default: nil
        }
    }
}

private func exchange<Value>(_ target: inout Value, with new: Value) -> Value {
    let old = target
    target = new
    return old
}
