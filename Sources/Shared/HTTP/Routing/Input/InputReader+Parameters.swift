import JSON

extension InputReader {
    // MARK: Path

    /// A parameter of the path. One that is unfit names nothing that there is.
    public mutating func path<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>) -> Value {
        let schema = planned(name, schema)
        guard let source else {
            return describe(name, .path, schema.document, isRequired: true, schema.placeholder())
        }
        guard let parse = schema.parse, let text = source.pathParameter(name) else {
            preconditionFailure("the path has no parameter \(name)")
        }
        do throws(Unfit) { return try parse(text) } catch {
            isNowhere = true
            return schema.placeholder()
        }
    }

    // MARK: Query

    public mutating func query<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>) -> Value {
        let schema = planned(name, schema)
        if isDescribing { return describe(name, .query, schema.document, isRequired: true, schema.placeholder()) }
        guard let text = source?.query.value(of: name) else {
            problems.append(JSONProblem(path: "\(name)", code: .missing, message: "is missing"))
            return schema.placeholder()
        }
        return parsed(text, name, schema) ?? schema.placeholder()
    }

    public mutating func queryIfPresent<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>)
        -> Value?
    {
        let schema = planned(name, schema)
        if isDescribing { return describe(name, .query, schema.document, isRequired: false, nil) }
        guard let text = source?.query.value(of: name) else { return nil }
        return parsed(text, name, schema)
    }

    public mutating func query<Value>(
        _ name: StaticString, _ schema: @autoclosure () -> Schema<Value>, default standard: Value
    ) -> Value {
        let schema = planned(name, schema)
        if isDescribing {
            var document = schema.document
            document.standard = standardText(of: standard)
            return describe(name, .query, document, isRequired: false, standard)
        }
        guard let text = source?.query.value(of: name) else { return standard }
        return parsed(text, name, schema) ?? standard
    }

    // MARK: Headers

    public mutating func headerIfPresent<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>)
        -> Value?
    {
        let schema = planned(name, schema)
        if isDescribing { return describe(name, .header, schema.document, isRequired: false, nil) }
        guard let text = source?.headers["\(name)"] else { return nil }
        return parsed(text[...], name, schema)
    }

    public mutating func header<Value>(_ name: StaticString, _ schema: @autoclosure () -> Schema<Value>) -> Value {
        let schema = planned(name, schema)
        if isDescribing { return describe(name, .header, schema.document, isRequired: true, schema.placeholder()) }
        guard let text = source?.headers["\(name)"] else {
            problems.append(JSONProblem(path: "\(name)", code: .missing, message: "is missing"))
            return schema.placeholder()
        }
        return parsed(text[...], name, schema) ?? schema.placeholder()
    }

    // MARK: Steps

    private mutating func describe<Value>(
        _ name: StaticString, _ place: InputDescription.Place, _ schema: JSONSchema, isRequired: Bool, _ value: Value
    ) -> Value {
        describe(
            InputDescription.Parameter(name: "\(name)", place: place, isRequired: isRequired, schema: schema))
        return value
    }

    private mutating func parsed<Value>(
        _ text: Substring, _ name: StaticString, _ schema: Schema<Value>
    ) -> Value? {
        guard let parse = schema.parse else { preconditionFailure("\(name) can only be a member of a body") }
        do throws(Unfit) { return try parse(text) } catch {
            problems.append(JSONProblem(path: "\(name)", code: error.code, message: error.message))
            return nil
        }
    }
}
